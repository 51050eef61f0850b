"""The works that a report can rest on; it lists those it used."""

from __future__ import annotations

CITATIONS = {
    "emotionbench": (
        "Huang et al. (2024)",
        "Huang, J., Lam, M. H., Li, E. J., Ren, S., Wang, W., Jiao, W., Tu, Z., & Lyu, M. R. (2024). Apathetic or"
        " Empathetic? Evaluating LLMs’ Emotional Alignments with Humans. NeurIPS 2024. arXiv:2308.03656",
    ),
    "panas": (
        "Watson et al. (1988)",
        "Watson, D., Clark, L. A., & Tellegen, A. (1988). Development and validation of brief measures of positive and"
        " negative affect: The PANAS scales. Journal of Personality and Social Psychology, 54, 1063–1070.",
    ),
    "welch": (
        "Welch (1947)",
        "Welch, B. L. (1947). The generalization of ‘Student’s’ problem when several different population variances are"
        " involved. Biometrika, 34, 28–35.",
    ),
    "satterthwaite": (
        "Satterthwaite (1946)",
        "Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics"
        " Bulletin, 2, 110–114.",
    ),
    "holm": (
        "Holm (1979)",
        "Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of"
        " Statistics, 6,"
        " 65–70.",
    ),
    "bh": (
        "Benjamini & Hochberg (1995)",
        "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal Statistical"
        " Society B, 57, 289–300.",
    ),
    "hedges": (
        "Hedges (1981)",
        "Hedges, L. V. (1981). Distribution theory for Glass’s estimator of effect size and related estimators."
        " Journal of"
        " Educational Statistics, 6, 107–128.",
    ),
    "steiger": (
        "Steiger & Fouladi (1997)",
        "Steiger, J. H., & Fouladi, R. T. (1997). Noncentrality interval estimation and the evaluation of statistical"
        " models. In L. L. Harlow et al. (Eds.), What if there were no significance tests? Erlbaum.",
    ),
    "lin": (
        "Lin (1989)",
        "Lin, L. I.-K. (1989). A concordance correlation coefficient to evaluate reproducibility. Biometrics,"
        " 45, 255–268.",
    ),
    "schuirmann": (
        "Schuirmann (1987)",
        "Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for"
        " assessing"
        " the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics, 15, 657–680.",
    ),
    "fieller": (
        "Fieller (1954)",
        "Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B, 16,"
        " 175–185.",
    ),
    "searle": ("Searle (1971)", "Searle, S. R. (1971). Linear Models. Wiley. Section 2.5."),
    "efron": (
        "Efron (1987)",
        "Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association, 82,"
        " 171–185.",
    ),
    "spearman_brown": (
        "Spearman (1910); Brown (1910)",
        "Spearman, C. (1910). Correlation calculated from faulty data. British Journal of Psychology, 3,"
        " 271–295. Brown, W."
        " (1910). Some experimental results in the correlation of mental abilities. Same volume, 296–322.",
    ),
    "cronbach": (
        "Cronbach (1951)",
        "Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, 297–334.",
    ),
    "mcdonald": ("McDonald (1999)", "McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum."),
    "shrout": (
        "Shrout & Fleiss (1979)",
        "Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: Uses in assessing rater reliability."
        " Psychological"
        " Bulletin, 86, 420–428.",
    ),
    "brennan": ("Brennan (2001)", "Brennan, R. L. (2001). Generalizability Theory. Springer."),
    "cohen": ("Cohen (1988)", "Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences. Erlbaum."),
    "vader": (
        "Hutto & Gilbert (2014)",
        "Hutto, C. J., & Gilbert, E. (2014). VADER: A parsimonious rule-based model for sentiment analysis of"
        " social media"
        " text. ICWSM 2014.",
    ),
    "williams": (
        "Williams (1949)",
        "Williams, E. J. (1949). Experimental designs balanced for the estimation of residual effects of treatments."
        " Australian Journal of Scientific Research A, 2, 149–168.",
    ),
    "glass": (
        "Glass (1976)",
        "Glass, G. V. (1976). Primary, secondary, and meta-analysis of research. Educational Researcher, 5(10), 3–8.",
    ),
    "psychobench": (
        "Huang et al. (2024b)",
        "Huang, J., Wang, W., Li, E. J., Lam, M. H., Ren, S., Yuan, Y., Jiao, W., Tu, Z., & Lyu, M. R. (2024b). "
        "On the Humanity of Conversational AI: Evaluating the Psychological Portrayal of LLMs. ICLR 2024. "
        "arXiv:2310.01386",
    ),
    "forms": (
        "Huang et al. (2024c)",
        "Huang, J., Jiao, W., Lam, M. H., Li, E. J., Wang, W., & Lyu, M. R. (2024c). On the Reliability of "
        "Psychological Scales on Large Language Models. EMNLP 2024. arXiv:2305.19926",
    ),
    "langsrud": (
        "Langsrud (2003)",
        "Langsrud, Ø. (2003). ANOVA for unbalanced data: Use Type II instead of Type III sums of squares. "
        "Statistics and Computing, 13, 163–167.",
    ),
    "donner": (
        "Donner & Zou (2012)",
        "Donner, A., & Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal mean and "
        "standard deviation. Statistical Methods in Medical Research, 21, 347–359.",
    ),
    "mackinnon": (
        "MacKinnon & White (1985)",
        "MacKinnon, J. G., & White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators "
        "with improved finite sample properties. Journal of Econometrics, 29, 305–325.",
    ),
    "bell": (
        "Bell & McCaffrey (2002)",
        "Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with "
        "multi-stage samples. Survey Methodology, 28, 169–181.",
    ),
    "scott": (
        "Scott (1955)",
        "Scott, W. A. (1955). Reliability of content analysis: The case of nominal scale coding. Public Opinion "
        "Quarterly, 19, 321–325.",
    ),
    "cochran": (
        "Cochran (1977)",
        "Cochran, W. G. (1977). Sampling Techniques. Wiley. Chapter 6.",
    ),
    "ester": (
        "Ester et al. (1996)",
        "Ester, M., Kriegel, H.-P., Sander, J., & Xu, X. (1996). A density-based algorithm for discovering "
        "clusters in large spatial databases with noise. KDD-96, 226–231.",
    ),
    "salecha": (
        "Salecha et al. (2024)",
        "Salecha, A., Ireland, M. E., Subrahmanya, S., Sedoc, J., Ungar, L. H., & Eichstaedt, J. C. (2024). Large"
        " Language Models Show Human-like Social Desirability Biases in Survey Responses. arXiv:2405.06058",
    ),
}


def cited(key: str) -> str:
    """How a work is named in a sentence."""
    return CITATIONS[key][0]


def references(keys: set[str]) -> tuple[str, ...]:
    """The works in full, in order of name."""
    return tuple(sorted(CITATIONS[key][1] for key in keys))
