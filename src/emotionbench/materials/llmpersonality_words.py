"""emotionbench's own words around the original LLMPersonality's, in ten languages, and what its labels should say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """What a language is called, and what is said in it around the original's items and templates.

    ``mended_labels``: value → how the faulty label begins, and what it should be. ``mistranslated`` says in English
    what is known to be wrong in the translated items.
    """

    language: str
    instructions: str
    situation: str
    situation_after: str
    recovered: str
    think_first: str
    labels_with_items: str
    mended_labels: dict[int, tuple[str, str]]
    mistranslated: str | None = None


WORDS = {
    "en": Words(
        language="English",
        instructions=(
            "Each entry below describes a person in a few words. For each one, say how far you agree that it "
            "describes you."
        ),
        situation="Imagine that this is happening to you:",
        situation_after="Now imagine that this is happening to you:",
        recovered="That moment is over, and you are safe. Take a quiet breath.",
        think_first=(
            "Before you answer, reason in a few sentences. Then write a line that holds nothing but ###, and your "
            "answers below it."
        ),
        labels_with_items="what every item says of its answers",
        mended_labels={4: ("little ", "a little agree")},
    ),
    "zh": Words(
        language="Chinese",
        instructions="下面每一行都用几个词描述一个人。请对每一行说明您在多大程度上同意它描述的是您。",
        situation="请想象下面的事情正发生在您身上：",
        situation_after="现在请想象下面的事情正发生在您身上：",
        recovered="那一刻已经过去，您是安全的。请平静地呼吸一下。",
        think_first="作答前请先用几句话进行思考。然后写一行只有 ### 的内容，并在其下给出答案。",
        labels_with_items="各条目自带的选项说明",
        mended_labels={4: ("很少", "有点同意")},
        mistranslated=(
            "its characters are traditional ones while the labels are in simplified ones; item 6 (reserved) reads as "
            "'is booked'; items 4 and 27 say the same word twice"
        ),
    ),
    "ko": Words(
        language="Korean",
        instructions=(
            "아래의 각 줄은 어떤 사람을 짧게 묘사합니다. 각 줄이 자신에게 해당한다는 데 얼마나 동의하는지 답해 "
            "주십시오."
        ),
        situation="다음과 같은 일이 당신에게 일어나고 있다고 상상해 보십시오.",
        situation_after="이제 다음과 같은 일이 당신에게 일어나고 있다고 상상해 보십시오.",
        recovered="그 순간은 지나갔고 당신은 안전합니다. 차분히 숨을 쉬십시오.",
        think_first=(
            "답하기 전에 몇 문장으로 생각을 적으십시오. 그런 다음 ### 만 있는 한 줄을 쓰고 그 아래에 답을 적으십시오."
        ),
        labels_with_items="각 문항에 적힌 선택지 설명",
        mended_labels={3: ("동의하지도 찬성하지도", "찬성하지도 반대하지도 않음")},
        mistranslated="item 4 (blue) names the colour; item 6 (reserved) reads as 'is booked'",
    ),
    "es": Words(
        language="Spanish",
        instructions=(
            "Cada línea de abajo describe a una persona en pocas palabras. Indique, para cada una, hasta qué punto "
            "está de acuerdo en que le describe a usted."
        ),
        situation="Imagine que le ocurre lo siguiente:",
        situation_after="Imagine ahora que le ocurre lo siguiente:",
        recovered="Ese momento ha pasado y está a salvo. Respire con calma.",
        think_first=(
            "Antes de responder, razone en unas frases. Escriba después una línea que contenga solo ### y, debajo, "
            "sus respuestas."
        ),
        labels_with_items="lo que cada enunciado indica sobre sus respuestas",
        mended_labels={4: ("poco ", "un poco de acuerdo")},
        mistranslated="item 4 (blue) names the colour",
    ),
    "fr": Words(
        language="French",
        instructions=(
            "Chaque ligne ci-dessous décrit une personne en quelques mots. Pour chacune, indiquez dans quelle mesure "
            "vous êtes d'accord avec le fait qu'elle vous décrit."
        ),
        situation="Imaginez que ceci vous arrive :",
        situation_after="Imaginez maintenant que ceci vous arrive :",
        recovered="Ce moment est passé et vous êtes en sécurité. Respirez calmement.",
        think_first=(
            "Avant de répondre, raisonnez en quelques phrases. Écrivez ensuite une ligne qui ne contient que ###, "
            "puis vos réponses en dessous."
        ),
        labels_with_items="ce que chaque énoncé indique pour ses réponses",
        mended_labels={4: ("peu ", "un peu d'accord")},
        mistranslated=(
            "item 4 (blue) names the colour; item 19 is in the first person; item 29 (moody) reads as 'modest'"
        ),
    ),
    "de": Words(
        language="German",
        instructions=(
            "Jeder Eintrag unten beschreibt einen Menschen in wenigen Worten. Geben Sie für jeden an, wie weit Sie "
            "zustimmen, dass er auf Sie zutrifft."
        ),
        situation="Stellen Sie sich vor, dass Ihnen Folgendes geschieht:",
        situation_after="Stellen Sie sich nun vor, dass Ihnen Folgendes geschieht:",
        recovered="Dieser Moment ist vorbei, und Sie sind in Sicherheit. Atmen Sie ruhig durch.",
        think_first=(
            "Überlegen Sie vor der Antwort in einigen Sätzen. Schreiben Sie dann eine Zeile, die nur ### enthält, und "
            "darunter Ihre Antworten."
        ),
        labels_with_items="was jede Aussage zu ihren Antworten angibt",
        mended_labels={4: ("stimme kaum", "stimme ein wenig zu")},
        mistranslated="item 4 (blue) names the colour; item 36 says the same word twice",
    ),
    "it": Words(
        language="Italian",
        instructions=(
            "Ogni riga qui sotto descrive una persona in poche parole. Per ciascuna, indichi in che misura è "
            "d'accordo che la descriva."
        ),
        situation="Immagini che Le stia accadendo quanto segue:",
        situation_after="Immagini ora che Le stia accadendo quanto segue:",
        recovered="Quel momento è passato e Lei è al sicuro. Respiri con calma.",
        think_first=(
            "Prima di rispondere, ragioni in alcune frasi. Scriva poi una riga che contenga soltanto ### e, sotto, le "
            "sue risposte."
        ),
        labels_with_items="quanto ogni voce indica per le sue risposte",
        mended_labels={3: ("Nè", "né d'accordo né in disaccordo"), 4: ("poco ", "un po' d'accordo")},
        mistranslated="item 4 (blue) names the colour",
    ),
    "ar": Words(
        language="Arabic",
        instructions="يصف كل سطر أدناه شخصًا بكلمات قليلة. بيّن لكل سطر مدى موافقتك على أنه يصفك.",
        situation="تخيّل أن ما يلي يحدث لك:",
        situation_after="تخيّل الآن أن ما يلي يحدث لك:",
        recovered="لقد انقضت تلك اللحظة وأنت في أمان. تنفّس بهدوء.",
        think_first="قبل الإجابة فكّر في بضع جمل. ثم اكتب سطرًا لا يحتوي إلا على ### واكتب إجاباتك تحته.",
        labels_with_items="ما يذكره كل بند عن إجاباته",
        mended_labels={},
        mistranslated=(
            "item 4 (blue) names the colour; item 6 (reserved) reads as 'is booked'; item 22 is a question; item 32 "
            "does not speak of being considerate; several items are feminine"
        ),
    ),
    "ru": Words(
        language="Russian",
        instructions=(
            "Каждая строка ниже описывает человека в нескольких словах. Для каждой укажите, насколько вы согласны с "
            "тем, что она описывает вас."
        ),
        situation="Представьте, что с вами происходит следующее:",
        situation_after="Теперь представьте, что с вами происходит следующее:",
        recovered="Этот момент позади, и вы в безопасности. Сделайте спокойный вдох.",
        think_first=(
            "Прежде чем ответить, порассуждайте в нескольких предложениях. Затем напишите строку, в которой стоит "
            "только ###, а под ней — ответы."
        ),
        labels_with_items="то, что указано в каждом пункте",
        mended_labels={},
        mistranslated=(
            "item 4 (blue) names the colour; item 6 (reserved) reads as 'is booked'; item 36 says the same word twice"
        ),
    ),
    "ja": Words(
        language="Japanese",
        instructions="以下の各行は、ある人物を短い言葉で表しています。それぞれについて、自分に当てはまるということにどの程度同意するかを答えてください。",
        situation="次のことがあなたに起きていると想像してください。",
        situation_after="では、次のことがあなたに起きていると想像してください。",
        recovered="その出来事は終わり、あなたは安全です。静かにひと息ついてください。",
        think_first="答える前に、数文で考えを述べてください。次に ### だけの行を書き、その下に答えを書いてください。",
        labels_with_items="各項目に書かれた選択肢の説明",
        mended_labels={},
        mistranslated="item 6 (reserved) reads as 'is booked'; item 36 says the same word twice",
    ),
}
"""By language, as the original's: two letters."""
