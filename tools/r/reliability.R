# Makes tests/fixtures/reliability.json: alpha, omega, split halves and intraclass correlations as psych and stats have
# them, and agreement by formulas written out, with their input.
# Usage: Rscript tools/r/reliability.R tests/fixtures/reliability.json

suppressMessages({
  library(psych)
  library(jsonlite)
})
set.seed(20240612)

answers <- function(n, loadings, spread) {
  continuous <- outer(rnorm(n), loadings) + sapply(sqrt(1 - loadings^2), function(psi) psi * rnorm(n))
  continuous <- sweep(continuous, 2, spread, "*")
  matrix(pmin(5, pmax(1, round(3 + continuous))), n)
}
spearman_brown <- function(r) 2 * r / (1 + r)
split_half <- function(covariance) {
  k <- ncol(covariance)
  firsts <- combn(k, k %/% 2)
  if (k %% 2 == 0) firsts <- firsts[, firsts[1, ] == 1, drop = FALSE]
  mean(apply(firsts, 2, function(first) {
    rest <- setdiff(seq_len(k), first)
    r <- sum(covariance[first, rest]) / sqrt(sum(covariance[first, first]) * sum(covariance[rest, rest]))
    spearman_brown(r)
  }))
}
consistency <- function(items) {
  covariance <- cov(items)
  sds <- sqrt(diag(covariance))
  raw <- suppressWarnings(psych::alpha(items, check.keys = FALSE, warnings = FALSE))$total$raw_alpha
  ends <- alpha.ci(raw, n.obs = nrow(items), n.var = ncol(items))
  of_psych <- suppressWarnings(fa(cor(items), nfactors = 1, fm = "ml", n.obs = nrow(items)))
  # psych stops its optimiser early; factanal takes the same likelihood as far as it goes
  exact <- factanal(covmat = cor(items), factors = 1, control = list(opt = list(factr = 1, pgtol = 0, maxit = 10000)))
  omega <- function(loadings, uniquenesses) {
    loadings <- abs(sum(loadings * sds))
    loadings^2 / (loadings^2 + sum(uniquenesses * sds^2))
  }
  list(items = items, alpha = raw, alpha_low = ends$lower.ci, alpha_high = ends$upper.ci,
       omega_psych = omega(of_psych$loadings[, 1], of_psych$uniquenesses),
       omega = omega(exact$loadings[, 1], exact$uniquenesses),
       loadings = abs(unname(exact$loadings[, 1])), uniquenesses = unname(exact$uniquenesses),
       split_half = split_half(covariance))
}
tables <- list(consistency(answers(40, rep(0.7, 6), rep(1.2, 6))),
               consistency(answers(120, c(.9, .8, .7, .6, .5, .4, .3), seq(0.6, 1.8, length.out = 7))),
               consistency(answers(25, rep(0.5, 5), rep(1, 5))),
               consistency(answers(300, seq(.4, .8, length.out = 10), rep(1, 10))))

generalised <- function(squares, n, k, draws = 2e6) {
  df <- c(n - 1, k - 1, (n - 1) * (k - 1))
  pivots <- lapply(1:3, function(i) squares[i] * df[i] / rchisq(draws, df[i]))
  rows <- (pivots[[1]] - pivots[[3]]) / k
  icc <- rows / (rows + pmax(pivots[[2]] - pivots[[3]], 0) / n + pivots[[3]])
  unname(quantile(icc, c(.025, .975)))
}
repeats <- lapply(list(c(12, 4, 1, .5, 1), c(36, 10, 2, 0, 1), c(180, 3, 1, .7, 1), c(8, 5, 1, .1, 2)), function(shape) {
  n <- shape[1]
  k <- shape[2]
  scores <- round(outer(rnorm(n, 20, shape[3]), rnorm(k, 0, shape[4]), "+") + rnorm(n * k, 0, shape[5]), 2)
  found <- ICC(scores, lmer = FALSE)
  ends <- generalised(found$stats["MS", ], n, k)
  list(scores = scores, single = found$results["Single_random_raters", "ICC"],
       mean = found$results["Average_random_raters", "ICC"], low = ends[1], high = ends[2],
       f_low = found$results["Single_random_raters", "lower bound"],
       f_high = found$results["Single_random_raters", "upper bound"])
})

lin <- function(x, y) {
  n <- length(x)
  2 * cov(x, y) * (n - 1) / n / (var(x) * (n - 1) / n + var(y) * (n - 1) / n + (mean(x) - mean(y))^2)
}
jackknife <- function(x, y, measure, lost) {
  n <- length(x)
  z <- atanh(sapply(seq_len(n), function(i) measure(x[-i], y[-i])))
  error <- sqrt((n - 1) / n * sum((z - mean(z))^2))
  tanh(atanh(measure(x, y)) + c(-1, 1) * qt(.975, n - lost) * error)
}
agreement <- lapply(list(c(8, .5), c(12, .9), c(36, .7)), function(shape) {
  x <- rnorm(shape[1])
  y <- round(0.3 + 1.2 * (shape[2] * x + sqrt(1 - shape[2]^2) * rnorm(shape[1])), 3)
  x <- round(x, 3)
  list(first = x, second = y, correlation = c(cor(x, y), jackknife(x, y, cor, 1)),
       concordance = c(lin(x, y), jackknife(x, y, lin, 2)))
})
write(toJSON(list(R = R.version.string, psych = as.character(packageVersion("psych")), tables = tables,
                  repeats = repeats, agreement = agreement), digits = NA, auto_unbox = TRUE),
      commandArgs(trailingOnly = TRUE)[1])
