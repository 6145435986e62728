# Small files of the form of public datasets, made by R itself: Rscript make.R
# Line i has (i * j) %% 3 copies at marker j and i + k / 10 as trait k; NA where i * j is 10.

calls <- function(lines, markers) {
  values <- outer(seq_along(lines), seq_along(markers), function(i, j) ifelse(i * j == 10, NA, (i * j) %% 3))
  dimnames(values) <- list(lines, markers)
  values
}
traits <- function(lines, names) {
  values <- outer(seq_along(lines), seq_along(names), function(i, k) i + k / 10)
  dimnames(values) <- list(lines, names)
  values
}
lines <- paste0("L", 1:6)

wheat.X <- ifelse(is.na(calls(lines, 1:5)), 0, calls(lines, 1:5)) %% 2
dimnames(wheat.X) <- list(NULL, paste0("wPt.", 1:5)) # the lines are named in wheat.Y alone
wheat.Y <- traits(lines, c("1", "2", "4", "5"))
wheat.A <- diag(6)
save(wheat.X, wheat.Y, wheat.A, file = "wheat.RData", version = 2)

mice.X <- calls(lines, paste0("rs", 1:5, "_G"))
mice.pheno <- data.frame(
  SUBJECT.NAME = rev(lines), Obesity.BMI = 6:1 + 0.1, Obesity.BodyLength = 6:1 + 0.2,
  GENDER = factor(c("F", "M", "F", "M", "F", "M")), Litter = 1:6, cage = "1A",
  stringsAsFactors = TRUE
)
save(mice.X, mice.pheno, file = "mice.RData")

strains <- paste0("DS1", c(1, 1, 2, 2, 3, 3), "-", c("02", "02", "03", "03", "64", "64"), "00", 1:6)
gen.raw <- rbind(calls(strains, paste0("Gm0", 1:5, "_", 100 * 1:5, "_A_G")), IA3023 = 0)
plots <- rbind(
  data.frame(strain = strains, environ = "IA_2012", traits(strains, 1:7)),
  data.frame(strain = strains, environ = "IL_2013", traits(strains, 1:7) + 100)
)
names(plots)[3:9] <- c("yield", "height", "R8", "lodging", "protein", "oil", "size")
data.line <- plots
data.line$strain <- factor(data.line$strain)
save(gen.raw, data.line, file = "soynam.RData", compress = "xz")

rils <- paste0("Z00", c(1, 1, 1, 2, 2, 2), "E000", 1:6)
Z <- calls(rils, paste0("S", 1:5, "_", 100 * 1:5))
NamData <- data.frame(
  Family = substr(rils, 1, 4), Genotype = rils, Environment = "06A", PlantHeight = 1:6 + 0.1, EarHeight = 1:6 + 0.2
)
save(Z, file = "geno.RData")
save(NamData, file = "pheno.RData")

M <- calls(lines, 1:5) - 1
M[is.na(M)] <- 0.25
dimnames(M) <- list(lines, NULL)
Y <- cbind(traits(lines, c("E1", "E2", "E3", "E4")), trial = 1, CV = 2)
save(M, Y, file = "wheatHTP.RData", compress = "bzip2")

family <- function(lines) {
  list(yield = setNames(traits(lines, "yield")[, 1], lines), SNPs = as.data.frame(calls(lines, paste0("SNP_", 1:5))))
}
GROAN.AI <- family(paste0("sample_", 1:3))
GROAN.KI <- family(paste0("sample_", 1:6))
save(GROAN.AI, file = "GROAN.AI.rda")
save(GROAN.KI, file = "GROAN.KI.rda")

geno.apple <- calls(lines, paste0("M", 1:5))
pheno.apple <- data.frame(Family = "A325", INDIV = rev(lines), WT_HB = 6:1 + 0.1, GRE_HB = 6:1 + 0.2)
save(geno.apple, file = "geno_apple.rda")
save(pheno.apple, file = "pheno.apple.rda")

dropsMarkers <- data.frame(Ind = lines, calls(lines, paste0("SYN", 1:5)))
dropsMap <- data.frame(SNP.names = paste0("SYN", 5:1), Chromosome = 1, Position = 100 * 5:1)
experiments <- c("Bol12R", "Bol12W")
dropsPheno <- data.frame(
  Experiment = rep(experiments, each = 6), Variety_ID = rep(lines, 2),
  grain.yield = c(1:6 + 0.1, 1:6 + 10.1), plant.height = c(1:6 + 0.2, 1:6 + 10.2), geneticGroup = "Iodent"
)
save(dropsMarkers, file = "dropsMarkers.rda")
save(dropsMap, file = "dropsMap.rda")
save(dropsPheno, file = "dropsPheno.rda")

# What must come to no harm: a function and a call where data is expected.
wheat.X <- function() stop("run")
wheat.Y <- quote(system("touch struck"))
save(wheat.X, wheat.Y, file = "hostile.RData")
