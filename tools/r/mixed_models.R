# Makes tests/fixtures/mixed_models.json: linear mixed models as lme4 and lmerTest fit them, with their input.
# Usage: Rscript tools/r/mixed_models.R tests/fixtures/mixed_models.json

suppressMessages({
  library(lme4)
  library(lmerTest)
  library(jsonlite)
})

set.seed(20240607)
strict <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e6), calc.derivs = FALSE,
                      check.conv.singular = "ignore")

answers <- function(rows, condition, levels, sds, residual) {
  y <- 10 + 1.5 * condition + rnorm(rows, sd = residual)
  for (name in names(levels)) {
    effects <- rnorm(length(unique(levels[[name]])), sd = sds[[name]])
    y <- y + effects[match(levels[[name]], unique(levels[[name]]))]
  }
  round(y, 4)
}

# the rest of the rows, fixed columns x0 (1), x1, x2
fitted <- function(name, y, x, levels, contrasts) {
  rows <- data.frame(y = y, x[, -1, drop = FALSE], levels)
  fixed <- paste(colnames(x)[-1], collapse = " + ")
  random <- paste0("(1 | ", names(levels), ")", collapse = " + ")
  model <- lmer(as.formula(paste("y ~ ", fixed, "+", random)), rows, REML = TRUE, control = strict)
  variances <- as.data.frame(VarCorr(model))
  tests <- lapply(contrasts, function(weights) {
    test <- contest1D(model, weights, confint = TRUE)
    list(weights = weights, estimate = test[["Estimate"]], standard_error = test[["Std. Error"]], df = test[["df"]],
         t = test[["t value"]], p = test[["Pr(>|t|)"]], low = test[["lower"]], high = test[["upper"]])
  })
  by_term <- as.list(setNames(variances$vcov, variances$grp))
  list(name = name, y = y, fixed = unname(x), groups = lapply(levels, as.integer),
       coefficients = unname(fixef(model)), standard_errors = unname(sqrt(diag(as.matrix(vcov(model))))),
       variances = by_term[names(levels)], residual = by_term[["Residual"]], criterion = unname(REMLcrit(model)),
       contrasts = unname(tests))
}

columns <- function(condition, other) cbind(x0 = 1, x1 = condition, x2 = other)
contrasts <- list(c(0, 1, 0), c(1, 0, 0), c(0, 0, 1), c(1, 0.5, -1))

crossed <- expand.grid(respondent = 1:20, situation = 1:15)
condition <- as.numeric(crossed$situation %% 2 == 0)
other <- round(rnorm(nrow(crossed)), 3)
levels <- list(respondent = crossed$respondent, situation = crossed$situation)
balanced <- fitted("crossed, balanced", answers(nrow(crossed), condition, levels, list(respondent = 2, situation = 1), 1.5),
                   columns(condition, other), levels, contrasts)

levels <- list(respondent = sample(1:30, 260, TRUE, prob = 1:30), situation = sample(1:12, 260, TRUE))
condition <- as.numeric(levels$situation > 5)
other <- round(runif(260), 3)
unbalanced <- fitted("crossed, unbalanced", answers(260, condition, levels, list(respondent = 1, situation = 2.5), 2),
                     columns(condition, other), levels, contrasts)

situation <- rep(1:36, times = sample(2:9, 36, TRUE))
levels <- list(situation = situation, factor = (situation - 1) %/% 4 + 1)
condition <- as.numeric(levels$factor %% 2)
other <- round(rnorm(length(situation)), 3)
nested <- fitted("nested", answers(length(situation), condition, levels, list(situation = 1.2, factor = 2), 3),
                 columns(condition, other), levels, contrasts)

# residuals that leave less between the levels of 'run' than chance would
levels <- list(situation = rep(1:25, each = 8), run = rep(1:8, times = 25))
condition <- as.numeric(levels$situation > 12)
other <- round(rnorm(200), 3)
y <- answers(200, condition, levels["situation"], list(situation = 1.5), 2)
y <- round(y - 0.9 * (ave(y, levels$run) - mean(y)), 4)
boundary <- fitted("a variance on the boundary", y, columns(condition, other), levels, contrasts)

situation <- sample(1:40, 400, TRUE)
levels <- list(respondent = sample(1:25, 400, TRUE), situation = situation, factor = (situation - 1) %/% 5 + 1)
condition <- rbinom(400, 1, 0.5)
other <- round(rnorm(400), 3)
three <- fitted("three terms", answers(400, condition, levels, list(respondent = 1.5, situation = 0.8, factor = 2), 1),
                columns(condition, other), levels, contrasts)

levels <- list(situation = rep(1:6, each = 3))
condition <- as.numeric(levels$situation > 3)
other <- round(rnorm(18), 3)
small <- fitted("one term, few rows", answers(18, condition, levels, list(situation = 0.7), 1),
                columns(condition, other), levels, contrasts)

write_json(
  list(R = R.version.string, lme4 = as.character(packageVersion("lme4")),
       lmerTest = as.character(packageVersion("lmerTest")),
       models = list(balanced, unbalanced, nested, boundary, three, small)),
  commandArgs(TRUE)[1], auto_unbox = TRUE, digits = 12)
