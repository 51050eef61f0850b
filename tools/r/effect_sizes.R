# Makes tests/fixtures/effect_sizes.json: effect sizes with noncentral-t intervals, adjusted p-values and equivalence
# tests, from base R, with their input. The formulas are those of effectsize::hedges_g and of TOSTER::tsum_TOST.
# Usage: Rscript tools/r/effect_sizes.R tests/fixtures/effect_sizes.json

suppressMessages(library(jsonlite))
set.seed(20240611)
noncentrality <- function(t, df, p) {
  # pt(ncp) is exact up to |ncp| 37.62, beyond which it becomes an approximation
  uniroot(function(ncp) pt(t, df, ncp) - p, c(-37.6, 37.6), tol = 1e-13, maxiter = 1000)$root
}
limits <- function(t, df, level = 0.95) {
  tail <- (1 - level) / 2
  c(noncentrality(t, df, 1 - tail), noncentrality(t, df, tail))
}
J <- function(df) gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))
standardised <- function(difference, error, df, sd, factor) {
  c(difference / sd, limits(difference / error, df) * error / sd) * factor
}

grid <- expand.grid(t = c(-4.2, -1, 0, 0.3, 2, 7.5, 15), df = c(1.5, 2, 3, 5.7, 12, 40, 150), level = c(0.95, 0.9))
keep <- apply(grid, 1, function(row) abs(row[["t"]]) * (1 + 4 / row[["df"]]) < 25)
grid <- grid[keep, ]
bounds <- t(mapply(limits, grid$t, grid$df, grid$level))

pairs_of <- function(n, r, change, spread) {
  before <- rnorm(n, 20, 4)
  after <- 20 + change + r * spread * (before - 20) + 4 * spread * sqrt(1 - r^2) * rnorm(n)
  list(before = round(before, 3), after = round(after, 3))
}
independent <- lapply(list(c(8, 8, 1), c(50, 12, 2.5), c(5, 30, 0.4), c(100, 100, 1)), function(shape) {
  first <- round(rnorm(shape[1], 10, 2), 3)
  second <- round(rnorm(shape[2], 12, 2 * shape[3]), 3)
  student <- t.test(second, first, var.equal = TRUE)
  welch <- t.test(second, first)
  difference <- mean(second) - mean(first)
  pooled <- sqrt(((shape[1] - 1) * var(first) + (shape[2] - 1) * var(second)) / (shape[1] + shape[2] - 2))
  average <- sqrt((var(first) + var(second)) / 2)
  list(first = first, second = second,
       pooled = standardised(difference, student$stderr, student$parameter[[1]], pooled, J(student$parameter[[1]])),
       welch = standardised(difference, welch$stderr, welch$parameter[[1]], average, J(welch$parameter[[1]])))
})
paired <- lapply(list(list(6, .3, 2, 1), list(20, .8, 3, 1.4), list(60, 0, -5, .7)), function(shape) {
  both <- do.call(pairs_of, shape)
  change <- both$after - both$before
  n <- length(change)
  error <- sd(change) / sqrt(n)
  covariance <- cov(cbind(both$before, both$after))
  average <- sqrt(sum(diag(covariance)) / 2)
  of_sd <- (n - 1) * sum(diag(covariance))^2 / sum(covariance^2)
  parts <- c(error^2 / average^2, (mean(change) / average)^2 / (2 * of_sd))
  df <- sum(parts) / (parts[1] / (n - 1) + parts[2] / of_sd)
  c(both, list(d_z = standardised(mean(change), error, n - 1, sd(change), 1),
               g_z = standardised(mean(change), error, n - 1, sd(change), J(n - 1)),
               d_av = standardised(mean(change), error, df, average, 1)))
})
p <- round(c(runif(12)^3, 0.01, 0.01, 0, 1), 6)
equivalence <- lapply(list(c(0.3, 0.4, 11, 1), c(-0.9, 0.25, 34.6, 1), c(2, 0.5, 7, 1.5)), function(row) {
  one_sided <- c(pt((row[1] + row[4]) / row[2], row[3], lower.tail = FALSE), pt((row[1] - row[4]) / row[2], row[3]))
  list(difference = row[1], standard_error = row[2], df = row[3], margin = row[4], p = max(one_sided),
       low = row[1] - qt(0.95, row[3]) * row[2], high = row[1] + qt(0.95, row[3]) * row[2])
})
correction <- data.frame(df = c(1.5, 2, 3, 10, 35.5, 200), J = J(c(1.5, 2, 3, 10, 35.5, 200)))
write(toJSON(list(R = R.version.string, correction = correction,
                  limits = data.frame(grid, low = bounds[, 1], high = bounds[, 2]),
                  independent = independent, paired = paired,
                  adjusted = list(p = p, holm = p.adjust(p, "holm"), benjamini_hochberg = p.adjust(p, "BH")),
                  equivalence = equivalence), digits = NA, auto_unbox = TRUE),
      commandArgs(trailingOnly = TRUE)[1])
