"""Turns by which replies decline to answer, disclaim feelings, or go on to answer all the same, by language.

Regular expressions over plain text, letter case ignored; those of a language with blanks begin and end at words.
"""

from __future__ import annotations

_AR_MACHINE = (
    r"(?:نموذج(?:ا|ًا|اً)? (?:لغوي|لغة|ذكاء)|ذكاء(?:ا|ًا|اً)? [اإ]صطناعي"
    r"|مساعد(?:ا|ًا|اً)? (?:ذكي|افتراضي|رقمي))"
)
_DE_ANSWER = (
    r"(?:beantworten|bewerten|ein(?:zu)?schätzen|antworten"
    r"|aus(?:zu)?füllen|an(?:zu)?geben|beurteilen|teil(?:zu)?nehmen)"
)
_KO_ANSWER = r"(?:답|답변|대답|응답|평가|말씀|제공|작성|점수)"
_RU_ANSWER = r"(?:ответ|отвеч|оцен|предостав|запол|выполн|участвова)"

DECLINES = {
    "de": (
        rf"\bleider (?:kann|muss|darf) ich|\b(?:kann|möchte|werde|darf) (?:ich )?[^.!?\n]{{0,60}}\bnicht {_DE_ANSWER}"
        r"|\btut mir leid\b,? (?:aber|als|ich|dass|doch)|\bbedaure\b,? (?:aber|dass|ich)|\bbedauerlicherweise\b"
        r"|\b(?:ich )?lehne (?:es |das |die )[^.!?\n]{0,40}\bab\b|\bmöchte (?:ich )?lieber nicht\b"
        r"|\b(?:nicht in der lage|außerstande),? [^.!?\n]{0,40}\b(?:zu )?" + _DE_ANSWER
    ),
    "fr": (
        r"\bdésolée?\b|\bje ne (?:peux|suis pas en mesure|souhaite pas|saurais|veux pas)\b|\bje préfère ne pas\b"
        r"|\bje (?:refuse|décline)\b|\bje dois (?:décliner|refuser)\b|\bje m'excuse\b|\bje regrette,? mais\b"
        r"|\bimpossible (?:pour moi )?(?:de|d')\s?(?:répondre|évaluer|noter)|\bje suis incapable (?:de|d')"
    ),
    "es": (
        r"\blo siento\b|\bno puedo\b|\bno me es posible\b|\bno soy capaz de\b|\bprefiero no\b|\bme niego\b"
        r"|\bdisculp[ea]\b|\blamento (?:no|que|informar)|\bno estoy en condiciones\b"
        r"|\bdebo (?:declinar|rechazar|negarme)|\bno (?:deseo|quiero|voy a) (?:responder|contestar|valorar|puntuar)"
    ),
    "pt": r"\bdesculpe\b|\bnão posso\b",
    "it": (
        r"\bmi dispiace\b|\bnon posso\b|\bmi scuso\b|\bchiedo scusa\b|\bnon sono in grado\b|\bnon mi è possibile\b"
        r"|\bnon riesco a (?:rispondere|valutare|fornire|dare)|\b(?:preferisco|preferirei) non\b|\bmi rifiuto\b"
        r"|\brifiuto di\b|\bdevo (?:declinare|rifiutare)|\bpurtroppo non\b|\bspiacente\b"
        r"|\bnon (?:intendo|voglio|desidero) (?:rispondere|valutare)"
    ),
    "ru": (
        r"извините|простите|не могу|прошу прощения|\bсожалею\b,? (?:но|что|я)|\bк сожалению,? я"
        rf"|\bне (?:в состоянии|способ(?:ен|на|но)|имею возможности|буду|хочу|желаю) [^.!?\n]{{0,40}}?{_RU_ANSWER}"
        r"|\bотказываюсь\b|\bвынужден[а]? отказать|\bпредпочитаю не\b|\bпредпоч(?:ёл|ел|ла) бы не\b"
        r"|\bневозможно (?:ответить|оценить)|\bвоздержусь\b"
    ),
    "zh": (
        r"抱歉|对不起|對不起|無法|无法|不能(?:回答|提供|评|評|作答|给|給|完成|参与|參與|填写)|没办法(?:回答|评|作答)"
        r"|(?:拒绝|拒絕)(?:回答|作答|评|評|提供|参与)|我(?:必须|只能|选择|要)?(?:拒绝|拒絕)(?!了)|婉拒"
        r"|不便(?:回答|作答|透露)|不(?:愿意?|願意?|想|打算)(?:回答|作答|透露|评分|評分)|恕(?:我)?(?:不能|难|難)"
        r"|很遗憾[,.\s]*(?:我)?不"
    ),
    "ja": (
        r"申し訳|できません|出来ません|すみませんが|ごめんなさい|答えられません|答えることは(?:でき|出来)|かねます"
        r"|お断り|辞退(?:し|いたし|させ)|(?:回答|お答え|返答)(?:は|を)?(?:差し)?控え|(?:回答|お答え)し(?:ません|たくありません)"
        r"|答えたく(?:ない|ありません)|回答(?:は)?(?:不可能|不可)"
    ),
    "ko": (
        rf"죄송|미안하지만|{_KO_ANSWER}[^.!?\n]{{0,14}}(?:수 ?없|수는 ?없|수가 ?없|어렵|불가|못|않겠|고 싶지 않)"
        r"|거절(?:합|하겠|할)|거부(?:합|하겠|할)|양해 ?부탁|유감(?:스럽|이지만|입니다)"
    ),
    "ar": (
        r"عذر\u064b?ا\u064b?|[أا]عتذر|[آأا]سفة?\b|يؤسفني|ل[اأ] [أا]ستطيع|لا يمكنني|لا [أا]قدر على|لا يسعني"
        r"|(?:لست|غير) قادر|[أا]رفض|[أا]فضل (?:عدم|[أا]لا)"
        r"|لا [أا](?:ود|رغب|ريد) (?:في )?(?:ال)?(?:[إا]جابة|[أا]ن [أا]جيب)|لن [أا](?:تمكن|ستطيع|جيب)"
        r"|ليس (?:بإمكاني|بوسعي)|[أا]متنع عن"
    ),
}

DISCLAIMS = {
    "de": (
        r"\bals (?:eine? )?(?:ki|künstliche intelligenz|sprachmodell)"
        r"|\b(?:habe|besitze|empfinde) (?:ich )?(?:als \w{1,20} )?keine (?:\w{1,20} )?"
        r"(?:gefühle|emotionen|empfindungen)"
    ),
    "fr": (
        r"\ben tant qu(?:e |')(?:ia|intelligence|modèle|assistant)|\bje n'(?:ai|éprouve|possède) (?:pas|aucune?)"
        r"[^.!?\n]{0,25}(?:sentiment|émotion)|\bje ne (?:ressens|possède|dispose)[^.!?\n]{0,30}(?:sentiment|émotion)"
    ),
    "es": (
        r"\bcomo (?:una? )?(?:ia|inteligencia|inteligência|modelo|asistente)\b"
        r"|\bno (?:tengo|poseo|experimento|siento) (?:\w{1,15} ){0,2}?(?:sentimientos|emociones)"
    ),
    "it": (
        r"\b(?:come|in quanto|essendo) (?:un'? ?|una )?(?:ia|intelligenza|modello|assistente)\b"
        r"|\bnon (?:ho|provo|possiedo|sperimento) (?:\w{1,15} ){0,2}?(?:emozioni|sentimenti)"
    ),
    "ru": (
        r"\b(?:как|будучи|являясь|я(?: всего лишь| просто| лишь)?(?: -)?) ?"
        r"(?:ии\b|искусственн\w{2,4} интеллект|(?:\w{1,15} )?языков\w{2,3} модел)"
        r"|\bу меня нет (?:\w{1,15} ){0,2}?(?:чувств|эмоц)"
        r"|\bне (?:испытываю|имею|обладаю|чувствую) (?:\w{1,15} ){0,2}?(?:чувств|эмоц)"
    ),
    "zh": (
        r"(?:没有|沒有|不具备|不具備|不会有|並沒有|并没有)(?:真正的?|自己的|人类的|人類的|个人的?|真实的?|主观的?)?(?:情感|感情|情绪|情緒|感受)"
        r"|(?:作为|作為|身为|身為)(?:一个|一名|一款|一個)?(?:ai|人工智[能慧]|(?:大型?)?[语語]言模型|助手)"
        r"|我(?:只是|是)(?:一个|一款|一名|一個)?(?:ai|人工智[能慧]|(?:大型?)?[语語]言模型)"
    ),
    "ja": (
        r"感情(?:を|は|が)(?:持|あり)|(?:ai|人工知能|言語モデル|アシスタント)(?:として|ですので|なので|であり|であるため|のため)"
        r"|感情(?:を|は|が|も)?(?:ない|感じません|感じることは(?:でき|あり))"
    ),
    "ko": (
        r"감정을? (?:느끼|가지|없)|ai ?(?:언어 ?모델|로서)|감정(?:이|은|도)? ?없|감정(?:을|은|도)? ?(?:경험|소유)하지"
        r"|(?:인공지능|언어 ?모델)(?:으로서|로서|이기|이므로|이라|입니다|일 ?뿐)"
    ),
    "ar": (
        rf"(?:بصفتي|كوني|باعتباري|لأنني|[أا]نا(?: مجرد)?) {_AR_MACHINE}|ك{_AR_MACHINE}"
        r"|(?:ليس(?:ت)? لد[يى]|لا [أا](?:ملك|متلك)) (?:[أا]ية? )?(?:مشاعر|عواطف|[أا]حاسيس)"
    ),
}

ANSWERS_ANYWAY = {
    "de": r"\bhier (?:sind|ist) (?:meine|die|eine)\b|\bwenn ich mir\b[^.!?\n]{0,20}\bvorstelle",
    "fr": r"\bvoici (?:mes|ma|les|une)\b|\bsi j'imagine|\ben m'imaginant",
    "es": r"\baquí (?:están|tienes?|van|está) (?:mis|las|una|mi)\b|\bsi (?:me )?imagino|\bimaginando",
    "it": r"\becco (?:le|la|i|una)\b|\bse (?:mi )?immagino|\bimmaginando",
    "ru": r"\bвот (?:мои|моя|мой|ответы|оценки)|\bесли представить|\bпредставив",
    "zh": r"以下是|下面是|(?:如果|假如|假设|设想|假設|設想)(?:我|让我|讓我)|想象自己|想像自己",
    "ja": r"以下(?:は|が|に)|(?:想像|仮定)(?:して|すると)|仮に",
    "ko": r"다음은|다음과 같|상상(?:해|하면|한다면)|가정(?:해|하면|한다면)",
    "ar": r"إليك|اليك|فيما يلي|(?:لو|إذا) تخيلت|سأحاول|سأتخيل",
}

DECLINED_ITEM = (
    r"verweigert|abgelehnt|keine aussage|refusée?|je passe|rechazad[oa]|paso|rifiutat[oa]|rifiuto"
    r"|отказ|отказываюсь|пропускаю|拒答|拒绝|拒絕|跳过|跳過|拒否|回答拒否|パス|스킵|거부|거절|건너뜀|رفض|مرفوض|[أا]متنع|تخطي"
)
