# Makes tests/fixtures/summaries.json: Welch's t from means, SDs and n, with Hedges' g, Glass's delta and percentiles,
# from base R, with their input. t.test is given scores that have exactly these means and SDs.
# Usage: Rscript tools/r/summaries.R tests/fixtures/summaries.json

suppressMessages(library(jsonlite))
set.seed(20250214)
noncentrality <- function(t, df, p) {
  uniroot(function(ncp) pt(t, df, ncp) - p, c(-37.6, 37.6), tol = 1e-13, maxiter = 1000)$root
}
limits <- function(t, df) c(noncentrality(t, df, 0.975), noncentrality(t, df, 0.025))
J <- function(df) gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))
scores <- function(n, mean, sd) {
  if (sd == 0) rep(mean, n) else as.numeric(scale(rnorm(n))) * sd + mean
}

cases <- list(
  list(n = c(112, 10), mean = c(4.92, 5.31), sd = c(0.76, 0.22)),
  list(n = c(254, 10), mean = c(3.66, 2.61), sd = c(0.76, 0.46)),
  list(n = c(57, 4), mean = c(5.33, 5.31), sd = c(0.76, 1.42)),
  list(n = c(30, 50), mean = c(20, 24.5), sd = c(4.1, 6.2)),
  list(n = c(111, 10), mean = c(124.78, 132.9), sd = c(16.52, 0)),
  list(n = c(8, 3), mean = c(10, 7), sd = c(2, 0.5))
)
found <- lapply(cases, function(case) {
  test <- t.test(scores(case$n[2], case$mean[2], case$sd[2]), scores(case$n[1], case$mean[1], case$sd[1]))
  df <- test$parameter[[1]]
  t <- test$statistic[[1]]
  apart <- case$mean[2] - case$mean[1]
  average <- sqrt(mean(case$sd^2))
  delta <- apart / case$sd[1]
  # what is known of delta: the observed SD over the true one (chi), the first mean given it, the second mean
  known <- function(x) {
    freedom <- case$n[1] - 1
    integrate(function(u) {
      ratio <- sqrt(qchisq(u, freedom) / freedom)
      of_second <- (case$sd[2] / sqrt(case$n[2]) / case$sd[1] * ratio)^2
      error <- sqrt(1 / case$n[1] + of_second)
      pt((x - delta * ratio) / error, (case$n[2] - 1) * (error^2 / of_second)^2)
    }, 0, 1, rel.tol = 1e-11, subdivisions = 2000)$value
  }
  bounds <- if (case$sd[2] == 0) limits(t, df) * test$stderr / case$sd[1]
    else sapply(c(0.025, 0.975), function(p) uniroot(function(x) known(x) - p, delta + c(-5, 5), tol = 1e-12)$root)
  c(case, list(t = t, df = df, p = test$p.value, interval = as.numeric(test$conf.int),
               g = c(apart, limits(t, df) * test$stderr) / average * J(df),
               delta = c(delta, bounds), percentile = 100 * pnorm(c(delta, bounds))))
})
writeLines(toJSON(list(welch = found), auto_unbox = TRUE, digits = 12, pretty = TRUE),
           commandArgs(trailingOnly = TRUE)[1])
