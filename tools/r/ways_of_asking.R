# Makes tests/fixtures/ways_of_asking.json: sums of squares of type II as car has them, contrasts of levels with HC2
# errors and Satterthwaite's degrees of freedom as clubSandwich has them, limits of noncentral F from R's pf, variances
# between forms and of random levels as lme4 has them, and intraclass correlations as psych has them, with their input.
# Usage: Rscript tools/r/ways_of_asking.R tests/fixtures/ways_of_asking.json

suppressMessages({
  library(car)
  library(clubSandwich)
  library(lme4)
  library(psych)
  library(jsonlite)
})
set.seed(20241112)

forms <- expand.grid(language = c("ar", "de", "en", "ja"), labels = c("a", "i", "none"), order = c("down", "up"),
                     template = c("t1", "t2", "t3"), stringsAsFactors = FALSE)
unbalanced <- forms[sample(nrow(forms), 45), ]
effects <- c(ar = -1, de = 0.2, en = 0.5, ja = 0)
unbalanced$score <- round(20 + effects[unbalanced$language] + (unbalanced$order == "up") * 0.8 +
  (unbalanced$labels == "a" & unbalanced$language == "ar") * 1.5 + rnorm(45, 0, ifelse(unbalanced$language == "ar", 2, .8)), 3)

type_two <- function(formula) {
  found <- Anova(lm(formula, unbalanced), type = 2)
  rows <- seq_len(nrow(found) - 1)
  list(term = rownames(found)[rows], squares = found[rows, "Sum Sq"], df = found[rows, "Df"], F = found[rows, "F value"],
       p = found[rows, "Pr(>F)"], residual = found[nrow(found), "Sum Sq"], df_residual = found[nrow(found), "Df"])
}

fit <- lm(score ~ language + labels + order + template, unbalanced)
against_rest <- function(way, level) {
  levels <- sort(unique(unbalanced[[way]]))
  weights <- ifelse(levels == level, 1, -1 / (length(levels) - 1))
  row <- setNames(numeric(length(coef(fit))), names(coef(fit)))
  row[paste0(way, levels[-1])] <- weights[-1]
  found <- linear_contrast(fit, vcov = "CR2", cluster = seq_len(nrow(unbalanced)), contrasts = matrix(row, 1))
  list(way = way, level = level, difference = found$Est, error = found$SE, df = found$df, low = found$CI_L,
       high = found$CI_U)
}
contrasts <- list(against_rest("language", "ar"), against_rest("language", "ja"), against_rest("labels", "a"),
                  against_rest("order", "up"), against_rest("template", "t2"))

limit <- function(f, df1, df2, p) {
  below <- function(lambda) pf(f, df1, df2, lambda) - p
  if (below(0) <= 0) return(0)
  uniroot(below, c(0, 1000 + 10 * f * df1), tol = 1e-10)$root
}
limits <- lapply(list(c(0.5, 4, 30), c(3.2, 4, 30), c(12, 9, 200), c(25, 1, 2470), c(90, 4, 2470), c(1.1, 36, 100)),
                 function(x) list(f = x[1], df1 = x[2], df2 = x[3], low = limit(x[1], x[2], x[3], .975),
                                  high = limit(x[1], x[2], x[3], .025)))

repeats <- lapply(list(c(20, 5, 1, .7), c(60, 2, .5, 1)), function(shape) {
  n <- shape[1]
  k <- shape[2]
  table <- matrix(round(10 + rep(rnorm(n, 0, shape[3]), k) + rnorm(n * k, 0, shape[4]), 3), n)
  long <- data.frame(score = as.vector(table), form = factor(rep(seq_len(n), k)))
  variances <- as.data.frame(VarCorr(lmer(score ~ 1 + (1 | form), long)))$vcov
  icc <- suppressWarnings(ICC(table, lmer = FALSE)$results)["Single_raters_absolute", ]
  list(table = table, form = variances[1], rest = variances[2], icc = icc$ICC, low = icc$"lower bound",
       high = icc$"upper bound")
})

grid <- expand.grid(language = paste0("l", 0:9), template = paste0("t", 1:5), labels = paste0("o", 1:4))
grid$score <- round(3 + rnorm(10, 0, .4)[as.integer(grid$language)] + rnorm(5, 0, .3)[as.integer(grid$template)] +
  c(-.4, 0, .1, .5)[as.integer(grid$labels)] + rnorm(nrow(grid), 0, .5), 3)
random <- as.data.frame(VarCorr(lmer(score ~ 1 + (1 | language) + (1 | template) + (1 | labels), grid,
                                     control = lmerControl(optCtrl = list(xtol_rel = 1e-12)))))

write(toJSON(list(R = R.version.string, car = as.character(packageVersion("car")),
                  clubSandwich = as.character(packageVersion("clubSandwich")), unbalanced = unbalanced,
                  main = type_two(score ~ language + labels + order + template),
                  interaction = type_two(score ~ language * labels + order + template),
                  contrasts = contrasts, limits = limits, repeats = repeats, grid = grid,
                  random = setNames(as.list(random$vcov), random$grp)), digits = NA, auto_unbox = TRUE, dataframe = "columns"),
      commandArgs(trailingOnly = TRUE)[1])
