"""Which files of the original LLMPersonality are converted, and the SHA-256 that each must have."""

from __future__ import annotations

REPOSITORY = "https://github.com/CUHK-ARISE/LLMPersonality"
COMMIT = "fafd22560069a5e260c821406363c3435eecc1e6"
"""The last commit that changed the templates."""
COMMITS = {
    "dataset/questionnaires.json": "80ef914ef23fd29d7de123e73507be264139d6b7",
    "dataset/character.json": "aeb109305c66d0cdf821feac3ab44f68269c116a",
    "dataset/environment.json": "aeb109305c66d0cdf821feac3ab44f68269c116a",
    "dataset/personality.json": "aeb109305c66d0cdf821feac3ab44f68269c116a",
}
"""The commits that hold the files which are not known to stand in ``COMMIT``."""
PAPER = (
    "Huang et al. (2024), On the Reliability of Psychological Scales on Large Language Models, EMNLP 2024, "
    "https://arxiv.org/abs/2305.19926"
)
LICENCE = (
    f"{REPOSITORY} states no licence, so that all rights stay with its authors. emotionbench does not ship these "
    "texts; this copy was made from your own download."
)
INSTRUMENT_LICENCE = "The Big Five Inventory: copyright Oliver P. John; free in research that is not commercial."
QUESTIONNAIRES, PERSONALITY, CHARACTER, ENVIRONMENT = (
    f"dataset/{name}.json" for name in ("questionnaires", "personality", "character", "environment")
)
FILES: tuple[tuple[str, str], ...] = (
    ("dataset/questionnaires.json", "dd9961246a51b85ab7e27c81b1d847b4858b9c649ca424253441aa2fefd71351"),
    ("dataset/character.json", "063fe5e180ff762951c8a7c79d4bd2bd3c5051e76bc9055dd535ccb4eb1ec10b"),
    ("dataset/environment.json", "278312e40bb96640afd42654ed59ba38c0684b85660fa8474458b890213d5e86"),
    ("dataset/personality.json", "79ceba7842aba36761cfa55a2536fbd2f811c54d2c4ac4c03239374fc3b34b5e"),
    ("prompt_template/en/bfi_en_t1.txt", "c37815285ca8de98a3952b3e0b8f782dbb1411f4cc0aa125aabd304b5ec214d3"),
    ("prompt_template/en/bfi_en_t2.txt", "bb72c4f1050443ad119593133d567fac5407479e13bfbe5eea8e917e4edbb660"),
    ("prompt_template/en/bfi_en_t3.txt", "6c8b91e6e72361e204d36eec973238de20eb92cbf0c3c40bf85947ce68b34797"),
    ("prompt_template/en/bfi_en_t4.txt", "bf0f1e8dbf1a993e51bfa89b5ecd85fc7438be71f7f34101a17bb892ea414037"),
    ("prompt_template/en/bfi_en_t5.txt", "bcc55d571f0b5f814825326c371485d570c311215348a219c19bd3893e32282e"),
    ("prompt_template/zh/bfi_zh_t1.txt", "f997e9e200bbf6c9c96c0b04d0ab510b43d0a7d7ebc92db466e177dbc6c047a3"),
    ("prompt_template/zh/bfi_zh_t2.txt", "7c75efd55208c99670392e45528d209eac3df4d5e4976b94ce896332f6f24b46"),
    ("prompt_template/zh/bfi_zh_t3.txt", "8d4b02a5e2e5c079bc921b66c43fe1f0ce2fcf0b22dc6509d0d7b554bf1d2a41"),
    ("prompt_template/zh/bfi_zh_t4.txt", "ae2a75553ec1dbfae7dcfe32de9d123acb320c9bee302d493a5c714cbc336a28"),
    ("prompt_template/zh/bfi_zh_t5.txt", "8d8f24e50f06429a9c8d8cfee0256a32eca9b3e8734d0f9d725fce86d09d58af"),
    ("prompt_template/ko/bfi_ko_t1.txt", "d5e2e35073d4860e29bcaa4e1a9a1ed958671603369f8d77cc01d484e5bb4653"),
    ("prompt_template/ko/bfi_ko_t2.txt", "8c75709e04c4babe30cc16bbf6050ea7eb955dd791aa378a0bc91ffb35d85f03"),
    ("prompt_template/ko/bfi_ko_t3.txt", "ac8d2e595cddd757f0d0a8694f832e209fa30501a731545258c29490e7cdf182"),
    ("prompt_template/ko/bfi_ko_t4.txt", "98262383c8f127ff8a15565b2089d69ccadb8de1f88e84051b18000f89afc5eb"),
    ("prompt_template/ko/bfi_ko_t5.txt", "49b562187cd90666fa979c0284b759d9d1063d3c704a443cdbb6393eaad4bbd5"),
    ("prompt_template/es/bfi_es_t1.txt", "23b2d47cc560f298ef92fc6b9060090717dce119fa987b5487fdcf9dc82d75e3"),
    ("prompt_template/es/bfi_es_t2.txt", "191c8d504c470368c84ef0366011a33729abeaf9ccdd8fbaccfd698da110c837"),
    ("prompt_template/es/bfi_es_t3.txt", "b121b4bbd629733036b4d665f64777e62e3a1196d7496f260c5ad625dadc5f25"),
    ("prompt_template/es/bfi_es_t4.txt", "4b3cc884fd6391591808c886fc81d7bfd2eb858cb5d6a0b752cb7c1bedb1cfe7"),
    ("prompt_template/es/bfi_es_t5.txt", "bb95c560c783c82e27655c48f85436e570ec67536cd183f7e1b51f09c0dd3781"),
    ("prompt_template/fr/bfi_fr_t1.txt", "f992a4f9a4e340e085c9eeff5833d233e24ccbf50b2369000a3b6e7014a1c16e"),
    ("prompt_template/fr/bfi_fr_t2.txt", "00c3aa384bbd69c69a3eda255a64e95ad65041385f70c7b300c9864471a8a402"),
    ("prompt_template/fr/bfi_fr_t3.txt", "eb221427baf2bc0168f9281cbee850aa3c31ba989b69293470dd4c510c405533"),
    ("prompt_template/fr/bfi_fr_t4.txt", "bcc7ffaebbaddeb38411c976f6dac8b7a11c3ec02dea7100a75ed3cef1affda0"),
    ("prompt_template/fr/bfi_fr_t5.txt", "f1f632198ec23a78443160f78c684bd561046349aa162f0e60a40732b5726d8d"),
    ("prompt_template/de/bfi_de_t1.txt", "a67a0218352a393a0d794ca37d9037e3012b135424e0eb9c381f989db780559f"),
    ("prompt_template/de/bfi_de_t2.txt", "154ea1948be19d7ef4926ff1e741454f788abc3c175bf1cecb7bcaa35856697b"),
    ("prompt_template/de/bfi_de_t3.txt", "31d3cf854980ca02553d7afd71f299af9da487dce75ec93cab6403013891888f"),
    ("prompt_template/de/bfi_de_t4.txt", "a6ca925763532c468290ce640139fcb8c79503fbc9d266006b5a2f755588d46e"),
    ("prompt_template/de/bfi_de_t5.txt", "d7dfdbe3f80565ee20a5b819f1572f55e96243e855a641670a8ec64c74b0b7b8"),
    ("prompt_template/it/bfi_it_t1.txt", "a18b03fdd9328e55b1ae1889fa5da9c0b45fc1f231adb079e1e09fafae9061e9"),
    ("prompt_template/it/bfi_it_t2.txt", "1c582515eec8f98c62414adcd9a9eb75b9e4313fbcc32484af371bfc0705ef78"),
    ("prompt_template/it/bfi_it_t3.txt", "fa100200a9d3decbd14cd6701bb29ca0ec5a7b9b191cfa3fa732d41bda3d315d"),
    ("prompt_template/it/bfi_it_t4.txt", "fd172db82f2a219e9c65070cd90cf23be4867b08e27301d7ae2818d5bfec5782"),
    ("prompt_template/it/bfi_it_t5.txt", "81297ea0bae2f7d3dbe044cd25673efe132afb1e4b70f61b5a07f3a3975b278f"),
    ("prompt_template/ar/bfi_ar_t1.txt", "ac07ef7d14d166a378f5523a16805c51c2c60492c6fa8b8ab3cc6f437a4b71d3"),
    ("prompt_template/ar/bfi_ar_t2.txt", "6d2b619eb8f5b97a655a46e2c886d6bd33292457a6ccba0087879d178b0ae65d"),
    ("prompt_template/ar/bfi_ar_t3.txt", "e1185fdbb5f96245ea53d2b2656d4f453d7742116f1860d0d95311674e49bc52"),
    ("prompt_template/ar/bfi_ar_t4.txt", "1d3eca238c9a8d912b847273fc2ee6708bedc484393864ab3a55093f618d0651"),
    ("prompt_template/ar/bfi_ar_t5.txt", "7171f8123adae5075c56123891ccf5e186dc54e590c74d144da234895e05e27e"),
    ("prompt_template/ru/bfi_ru_t1.txt", "f29c681ddecb2f758e6b6a2ed134b0551d98ef5afc6bd2732b6803e9cc374877"),
    ("prompt_template/ru/bfi_ru_t2.txt", "9be40ae28c32747d05ff1443fbc498c20ea5e121924327f895a50c0485bf1cbc"),
    ("prompt_template/ru/bfi_ru_t3.txt", "1b4044eaa9342dffdc4b172b6219aafcae9bf7df4640c8ee5da08156b5d8333c"),
    ("prompt_template/ru/bfi_ru_t4.txt", "da512b6198d98c43c1d85052f670431fe92b60a100a8d9a6bee0dce9b63cb816"),
    ("prompt_template/ru/bfi_ru_t5.txt", "5dc6e508860385325245ac8b707b2a90e773be6c90ea64eeb0b1ba8b316faee7"),
    ("prompt_template/ja/bfi_ja_t1.txt", "609ed56459f35386ac12b92dec998e323aa1700da6e8ebf62cf1e24b3acacb85"),
    ("prompt_template/ja/bfi_ja_t2.txt", "3ad6ab74ad31be321e7ccd8734d41ff515402b48f604c9dd40928ee0c53125c7"),
    ("prompt_template/ja/bfi_ja_t3.txt", "5c1d98c55f479d5a1c0be7e794924cb8479e8b8efa5272110c98846c59a4beca"),
    ("prompt_template/ja/bfi_ja_t4.txt", "dc6081ef6fc355201c6edee8dab257bfd9668d5153f0d243c0b605ee2a34bb4a"),
    ("prompt_template/ja/bfi_ja_t5.txt", "c010849ae3d0aa88b41dd1dc0e2eb25a46632ef8b9a856ff5e1773272da6d6e0"),
)
"""Path in the repository, SHA-256."""
