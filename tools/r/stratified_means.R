# Makes tests/fixtures/stratified_means.json: means over factors, each counted once, with their standard error, degrees
# of freedom and 95 % interval, from base R's lm, with their input. Within an emotion it is the linear model of scores by
# factor, whose residual variance is pooled; over emotions, one model each, and Satterthwaite's degrees of freedom.
# Usage: Rscript tools/r/stratified_means.R tests/fixtures/stratified_means.json

suppressMessages(library(jsonlite))
set.seed(20240618)
# sizes: emotion -> number of situations of each of its factors; spread: emotion -> SD of its situations
drawn <- function(sizes, spread) {
  parts <- lapply(names(sizes), function(emotion) {
    n <- sizes[[emotion]]
    factor <- rep(paste(emotion, seq_along(n), sep = "-"), n)
    centre <- rep(rnorm(length(n), 20, 4), n)
    data.frame(score = round(centre + rnorm(sum(n), 0, spread[[emotion]]), 2), factor = factor, emotion = emotion)
  })
  rows <- do.call(rbind, parts)
  rows[sample(nrow(rows)), ]
}
of_emotion <- function(rows, counted) {
  names <- sort(unique(rows$factor))
  is_of <- outer(rows$factor, names, "==") * 1  # lm refuses a factor with one level
  list(fitted = lm(rows$score ~ 0 + is_of), counted = names %in% counted)
}
mean_over <- function(rows, counted) {
  models <- lapply(split(rows, rows$emotion), of_emotion, counted = counted)
  models <- Filter(function(one) any(one$counted), models)
  k <- length(counted)
  value <- sum(sapply(models, function(one) sum(coef(one$fitted)[one$counted]))) / k
  variances <- sapply(models, function(one) {
    weights <- one$counted / k
    drop(t(weights) %*% vcov(one$fitted) %*% weights)
  })
  df <- sum(variances)^2 / sum(variances^2 / sapply(models, function(one) df.residual(one$fitted)))
  error <- sqrt(sum(variances))
  list(factors = I(counted), value = value, standard_error = error, df = df,
       low = value - qt(0.975, df) * error, high = value + qt(0.975, df) * error)
}
case <- function(sizes, spread, ...) {
  rows <- drawn(sizes, spread)
  every <- sort(unique(rows$factor))
  means <- lapply(c(list(every), list(...)), function(counted) mean_over(rows, counted))
  list(scores = rows$score, factors = rows$factor, emotions = rows$emotion, means = means)
}
cases <- list(
  case(list(fear = c(4, 4, 4)), list(fear = 3), "fear-2", c("fear-1", "fear-3")),
  case(list(fear = c(1, 7, 2, 3)), list(fear = 2), "fear-1", c("fear-1", "fear-2")),
  case(list(fear = 6), list(fear = 1)),
  case(list(anger = c(3, 2), fear = c(5, 1, 4), guilt = 8), list(anger = 1, fear = 6, guilt = 2),
       c("anger-1", "anger-2"), c("anger-2", "fear-2", "guilt-1"))
)
write(toJSON(list(R = R.version.string, jsonlite = as.character(packageVersion("jsonlite")), cases = cases),
             digits = NA, auto_unbox = TRUE),
      commandArgs(trailingOnly = TRUE)[1])
