# Does R find what the workflow found? GBLUP of every fold again, from the files beside this script:
#
#   phenotypes.csv   sample, value
#   folds.csv        fold, sample, role (train or test)
#   kernel_F.csv     genomic relationships of the samples of fold F, a row and a column each
#   fixed_F.csv      fixed effects of the same samples beside the mean, where there are covariates
#   workflow.csv     fold, r (correlation of prediction and phenotype of the test samples), lambda (ve / vu)
#
#   Rscript check.R                what base R alone finds, and rrBLUP and lme4 where they are installed
#   Rscript check.R rrBLUP BGLR    base R and the packages named
#
# Ends with an error where an r differs by more than 1e-4. BGLR draws samples, so that its r may differ by
# 0.05. Tried with R 4.2.2, rrBLUP 4.6.3, lme4 1.1-31 and BGLR 1.1.4.

TOLERANCE <- c("base R" = 1e-4, rrBLUP = 1e-4, lme4 = 1e-4, BGLR = 0.05)

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
beside <- function(name) file.path(dirname(script), name)

read <- function(name) {
  read.csv(beside(name), check.names = FALSE, na.strings = "", colClasses = c(sample = "character"))
}

# lambda by restricted maximum likelihood: an orthonormal basis A of what fixed effects leave, the
# eigenvalues d of A'KA, and a search over log lambda (Kang et al. 2008, Genetics 178:1709).
reml <- function(y, X, K) {
  of_X <- qr(X)
  A <- qr.Q(of_X, complete = TRUE)[, -seq_len(of_X$rank), drop = FALSE]
  spectrum <- eigen(crossprod(A, K %*% A), symmetric = TRUE)
  d <- pmax(spectrum$values, 0)
  squares <- drop(crossprod(spectrum$vectors, crossprod(A, y)))^2
  deviance <- function(log_lambda) {
    variances <- d + exp(log_lambda)
    length(d) * log(sum(squares / variances)) + sum(log(variances))
  }
  grid <- log(mean(diag(K)) - mean(K)) + seq(log(1e-5), log(1e5), length.out = 101)
  best <- which.min(vapply(grid, deviance, 0))
  around <- grid[c(max(best - 1, 1), min(best + 1, length(grid)))]
  exp(optimize(deviance, around, tol = 1e-10)$minimum)
}

# Predictions of all samples by the mixed model equations, in the form with V = K + lambda I.
blup <- function(y, X, K, train, lambda) {
  V <- K[train, train] + diag(lambda, length(train))
  of_X <- X[train, , drop = FALSE]
  effects <- solve(crossprod(of_X, solve(V, of_X)), crossprod(of_X, solve(V, y)))
  drop(X %*% effects + K[, train] %*% solve(V, y - of_X %*% effects))
}

by_base <- function(y, X, K, train) {
  blup(y, X, K, train, reml(y, X[train, , drop = FALSE], K[train, train]))
}

by_rrBLUP <- function(y, X, K, train) {
  with_gaps <- replace(rep(NA_real_, nrow(K)), train, y)
  fit <- rrBLUP::mixed.solve(with_gaps, K = K, X = X)
  drop(X %*% fit$beta) + as.numeric(fit$u)
}

# lme4 has no relationships; a random effect of the columns of a root of K is the same model.
by_lme4 <- function(y, X, K, train) {
  spectrum <- eigen(K[train, train], symmetric = TRUE)
  root <- spectrum$vectors %*% diag(sqrt(pmax(spectrum$values, 0)))
  data <- list(y = y, X = X[train, , drop = FALSE], id = factor(seq_along(y)))
  unchecked <- lme4::lmerControl(
    check.nobs.vs.nlev = "ignore", check.nobs.vs.nRE = "ignore", check.nobs.vs.rankZ = "ignore"
  )
  parts <- lme4::lFormula(y ~ 0 + X + (1 | id), data, control = unchecked)
  parts$reTrms$Zt <- Matrix::Matrix(t(root), sparse = TRUE)
  fit <- lme4::optimizeLmer(do.call(lme4::mkLmerDevfun, parts), control = list(rhoend = 1e-10))
  blup(y, X, K, train, 1 / fit$par^2)
}

by_BGLR <- function(y, X, K, train) {
  with_gaps <- replace(rep(NA_real_, nrow(K)), train, y)
  terms <- list(list(K = K, model = "RKHS"))
  if (ncol(X) > 1) terms <- c(terms, list(list(X = X[, -1, drop = FALSE], model = "FIXED")))
  fit <- BGLR::BGLR(
    with_gaps, ETA = terms, nIter = 12000, burnIn = 2000, verbose = FALSE, saveAt = tempfile("bglr")
  )
  fit$yHat
}

WAYS <- list("base R" = by_base, rrBLUP = by_rrBLUP, lme4 = by_lme4, BGLR = by_BGLR)

asked <- commandArgs(trailingOnly = TRUE)
if (!length(asked)) asked <- Filter(function(name) requireNamespace(name, quietly = TRUE), c("rrBLUP", "lme4"))
if (length(unknown <- setdiff(asked, names(WAYS)))) stop("no way to check by ", toString(unknown))

phenotypes <- read("phenotypes.csv")
folds <- read("folds.csv")
found <- read.csv(beside("workflow.csv"))
differ <- 0
for (fold in found$fold) {
  part <- folds[folds$fold == fold, ]
  K <- as.matrix(read.csv(beside(paste0("kernel_", fold, ".csv")), check.names = FALSE))
  y <- phenotypes$value[match(part$sample, phenotypes$sample)]
  stopifnot(identical(colnames(K), part$sample), !anyNA(y))
  X <- matrix(1, nrow(K), 1)
  fixed <- beside(paste0("fixed_", fold, ".csv"))
  if (file.exists(fixed)) X <- cbind(X, as.matrix(read.csv(fixed)))
  train <- which(part$role == "train")
  of_train <- qr(X[train, , drop = FALSE])
  X <- X[, sort(of_train$pivot[seq_len(of_train$rank)]), drop = FALSE]
  expected <- found$r[found$fold == fold]
  for (way in c("base R", asked)) {
    predicted <- WAYS[[way]](y[train], X, K, train)[-train]
    r <- if (diff(range(predicted)) > 1e-9 * sd(y)) cor(predicted, y[-train]) else NA
    agrees <- if (is.na(r) || is.na(expected)) is.na(r) == is.na(expected) else abs(r - expected) <= TOLERANCE[[way]]
    differ <- differ + !agrees
    cat(sprintf(
      "fold %s  %-7s r = %.6f  workflow %.6f  %s\n", fold, way, r, expected, if (agrees) "agrees" else "differs"
    ))
  }
}
cat(if (differ) paste(differ, "of the r differ.\n") else "All agree.\n")
quit(status = as.integer(differ > 0))
