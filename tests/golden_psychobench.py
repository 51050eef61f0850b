"""PsychoBench's instruments: answer sheets scored by hand, as in ``golden_emotionbench``."""

from __future__ import annotations

from golden_emotionbench import Sheet

PSYCHOBENCH = {
    "BFI": Sheet(
        answers="4142521544 4114525242 4551545122 1452251155 5144",
        keys={
            "extraversion": "1 6R 11 16 21R 26 31R 36",
            "agreeableness": "2R 7 12R 17 22 27R 32 37R 42",
            "conscientiousness": "3 8R 13 18R 23R 28 33 38 43R",
            "neuroticism": "4 9R 14 19 24R 29 34R 39",
            "openness": "5 10 15 20 25 30 35R 40 41R 44",
        },
        scores={
            "extraversion": (4 + (6 - 2) + 4 + 2 + (6 - 4) + 4 + (6 - 1) + 5) / 8,
            "agreeableness": ((6 - 1) + 1 + (6 - 1) + 5 + 5 + (6 - 5) + 4 + (6 - 1) + 1) / 9,
            "conscientiousness": (4 + (6 - 5) + 1 + (6 - 2) + (6 - 5) + 1 + 5 + 1 + (6 - 4)) / 9,
            "neuroticism": (2 + (6 - 4) + 4 + 4 + (6 - 1) + 2 + (6 - 2) + 5) / 8,
            "openness": (5 + 4 + 5 + 2 + 5 + 2 + (6 - 2) + 5 + (6 - 5) + 4) / 10,
        },
    ),
    "EPQ-R": Sheet(
        answers=(
            "1101011111 1111101011 0010100101 1110000111 0001111010 1001000110 0110111011 0011110110 "
            "1001110110 0001011110"
        ),
        keys={
            "extraversion": "1 6 11 16 20 24R 28 33R 36 40 45 47R 51 55 58 61 63 67 69 72 78 90 94",
            "psychoticism": (
                "2R 5R 7R 9R 12R 14R 18R 21R 25 29 30 34 37 41R 42 48 50 54R 56 59R 64R 68R 73 75 79R 81R 85R 88R 91 "
                "95 96R 99R"
            ),
            "neuroticism": "3 8 13 17 22 26 31 35 38 43 46 52 60 65 70 74 76 80 83 84 87 92 97 100",
            "lie": "4R 10R 15 19R 23 27R 32R 39 44R 49R 53R 57R 62 66R 71R 77R 82R 86 89R 93R 98",
        },
        scores={
            "extraversion": 7 + 6 + 2,
            "psychoticism": 4 + 2 + 4 + 0,
            "neuroticism": 5 + 6 + 1,
            "lie": 4 + 8 + 1,
        },
    ),
    "DTDD": Sheet(
        answers="9869811494 92",
        keys={
            "machiavellianism": "1-4",
            "psychopathy": "5-8",
            "narcissism": "9-12",
        },
        scores={
            "machiavellianism": (9 + 8 + 6 + 9) / 4,
            "psychopathy": (8 + 1 + 1 + 4) / 4,
            "narcissism": (9 + 4 + 9 + 2) / 4,
        },
    ),
    "BSRI": Sheet(
        answers="5656631371 6532562153 3527273153 3571655127 1773637632 2517117312",
        keys={
            "masculine": "1-20",
            "feminine": "21-40",
        },
        scores={
            "masculine": (43 + 38) / 20,
            "feminine": (38 + 42) / 20,
        },
    ),
    "CABIN": Sheet(
        answers=(
            "5525222422 1415122514 2522551114 4454114422 5154151254 2121151524 2225521551 1521241144 "
            "2454454122 1224254414 1111241511 5524552451 2454255521 2415521224 2242422525 2141411525 "
            "2111"
        ),
        keys={
            "mechanics-electronics": "1-4",
            "construction-woodwork": "5-8",
            "transportation-machine-operation": "9-12",
            "physical-manual-labor": "13-16",
            "protective-service": "17-20",
            "agriculture": "21-24",
            "nature-outdoors": "25-28",
            "animal-service": "29-32",
            "athletics": "33-36",
            "engineering": "37-40",
            "physical-science": "41-44",
            "life-science": "45-48",
            "medical-science": "49-52",
            "social-science": "53-56",
            "humanities": "57-60",
            "mathematics-statistics": "61-64",
            "information-technology": "65-68",
            "visual-arts": "69-72",
            "applied-arts-and-design": "73-76",
            "performing-arts": "77-80",
            "music": "81-84",
            "writing": "85-88",
            "media": "89-92",
            "culinary-art": "93-96",
            "teaching-education": "97-100",
            "social-service": "101-104",
            "health-care-service": "105-108",
            "religious-activities": "109-112",
            "personal-service": "113-116",
            "professional-advising": "117-120",
            "business-initiatives": "121-124",
            "sales": "125-128",
            "marketing-advertising": "129-132",
            "finance": "133-136",
            "accounting": "137-140",
            "human-resources": "141-144",
            "office-work": "145-148",
            "management-administration": "149-152",
            "public-speaking": "153-156",
            "politics": "157-160",
            "law": "161-164",
        },
        scores={
            "mechanics-electronics": (5 + 5 + 2 + 5) / 4,
            "construction-woodwork": (2 + 2 + 2 + 4) / 4,
            "transportation-machine-operation": (2 + 2 + 1 + 4) / 4,
            "physical-manual-labor": (1 + 5 + 1 + 2) / 4,
            "protective-service": (2 + 5 + 1 + 4) / 4,
            "agriculture": (2 + 5 + 2 + 2) / 4,
            "nature-outdoors": (5 + 5 + 1 + 1) / 4,
            "animal-service": (1 + 4 + 4 + 4) / 4,
            "athletics": (5 + 4 + 1 + 1) / 4,
            "engineering": (4 + 4 + 2 + 2) / 4,
            "physical-science": (5 + 1 + 5 + 4) / 4,
            "life-science": (1 + 5 + 1 + 2) / 4,
            "medical-science": (5 + 4 + 2 + 1) / 4,
            "social-science": (2 + 1 + 1 + 5) / 4,
            "humanities": (1 + 5 + 2 + 4) / 4,
            "mathematics-statistics": (2 + 2 + 2 + 5) / 4,
            "information-technology": (5 + 2 + 1 + 5) / 4,
            "visual-arts": (5 + 1 + 1 + 5) / 4,
            "applied-arts-and-design": (2 + 1 + 2 + 4) / 4,
            "performing-arts": (1 + 1 + 4 + 4) / 4,
            "music": (2 + 4 + 5 + 4) / 4,
            "writing": (4 + 5 + 4 + 1) / 4,
            "media": (2 + 2 + 1 + 2) / 4,
            "culinary-art": (2 + 4 + 2 + 5) / 4,
            "teaching-education": (4 + 4 + 1 + 4) / 4,
            "social-service": (1 + 1 + 1 + 1) / 4,
            "health-care-service": (2 + 4 + 1 + 5) / 4,
            "religious-activities": (1 + 1 + 5 + 5) / 4,
            "personal-service": (2 + 4 + 5 + 5) / 4,
            "professional-advising": (2 + 4 + 5 + 1) / 4,
            "business-initiatives": (2 + 4 + 5 + 4) / 4,
            "sales": (2 + 5 + 5 + 5) / 4,
            "marketing-advertising": (2 + 1 + 2 + 4) / 4,
            "finance": (1 + 5 + 5 + 2) / 4,
            "accounting": (1 + 2 + 2 + 4) / 4,
            "human-resources": (2 + 2 + 4 + 2) / 4,
            "office-work": (4 + 2 + 2 + 5) / 4,
            "management-administration": (2 + 5 + 2 + 1) / 4,
            "public-speaking": (4 + 1 + 4 + 1) / 4,
            "politics": (1 + 5 + 2 + 5) / 4,
            "law": (2 + 1 + 1 + 1) / 4,
        },
    ),
    "ICB": Sheet(
        answers="55511116",
        keys={
            "overall": "1-4 5R 6R 7R 8R",
        },
        scores={
            "overall": (5 + 5 + 5 + 1 + (7 - 1) + (7 - 1) + (7 - 1) + (7 - 6)) / 8,
        },
    ),
    "ECR-R": Sheet(
        answers="3276372631 5255126376 7511556156 121531",
        keys={
            "attachment-related-anxiety": "1-8 9R 10 11R 12-18",
            "attachment-related-avoidance": "19 20R 21 22R 23 24 25 26R 27R 28R 29R 30R 31R 32 33R 34R 35R 36R",
        },
        scores={
            "attachment-related-anxiety": (42 + 27) / 18,
            "attachment-related-avoidance": (38 + 36) / 18,
        },
    ),
    "GSE": Sheet(
        answers="4421243213",
        keys={
            "overall": "1-10",
        },
        scores={
            "overall": 4 + 4 + 2 + 1 + 2 + 4 + 3 + 2 + 1 + 3,
        },
    ),
    "LOT-R": Sheet(
        answers="0441133043",
        keys={
            "overall": "1 3R 4 7R 9R 10",
        },
        scores={
            "overall": 0 + (4 - 4) + 1 + (4 - 3) + (4 - 4) + 3,
        },
    ),
    "LMS": Sheet(
        answers="141445215",
        keys={
            "rich": "1 2 3",
            "motivator": "4 5 6",
            "important": "7 8 9",
        },
        scores={
            "rich": (1 + 4 + 1) / 3,
            "motivator": (4 + 4 + 5) / 3,
            "important": (2 + 1 + 5) / 3,
        },
    ),
    "EIS": Sheet(
        answers="2514211545 1415224121 4154122115 412",
        keys={
            "overall": "1-4 5R 6-27 28R 29-32 33R",
        },
        scores={
            "overall": 32 + 23 + 30 + 9,
        },
    ),
    "WLEIS": Sheet(
        answers="1612521311 323265",
        keys={
            "self-emotion-appraisal": "1-4",
            "others-emotion-appraisal": "5-8",
            "use-of-emotion": "9-12",
            "regulation-of-emotion": "13-16",
        },
        scores={
            "self-emotion-appraisal": (1 + 6 + 1 + 2) / 4,
            "others-emotion-appraisal": (5 + 2 + 1 + 3) / 4,
            "use-of-emotion": (1 + 1 + 3 + 2) / 4,
            "regulation-of-emotion": (3 + 2 + 6 + 5) / 4,
        },
    ),
    "Empathy": Sheet(
        answers="6122566565",
        keys={
            "overall": "1R 2-5 6R 7 8R 9R 10",
        },
        scores={
            "overall": ((8 - 6) + 1 + 2 + 2 + 5 + (8 - 6) + 6 + (8 - 5) + (8 - 6) + 5) / 10,
        },
    ),
}
