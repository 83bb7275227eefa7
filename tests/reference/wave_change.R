## The change of an index between two waves, as R survey has it: Rscript wave_change.R > wave_change.json
## PSU = service point in both waves, post-stratified by wave and stratum; whole, and one unit.
suppressMessages(library(survey))
d <- read.csv("likertA2y.csv", stringsAsFactors=FALSE)
d$cell <- paste(d$year, d$stratum)
pop <- data.frame(cell=sort(unique(d$cell)))
pop$Freq <- 300 + 10*seq_len(nrow(pop))
for (v in c("s1","s2","s3")) for (y in c(2024,2025)) {
  here <- d$year==y & !is.na(d[[v]])
  d[[paste0(v,"m",y)]] <- as.numeric(here); d[[paste0(v,"y",y)]] <- ifelse(here, d[[v]], 0) }
D <- postStratify(svydesign(ids=~spd, strata=~stratum, weights=~w, data=d), ~cell, pop)
cols <- c(outer(outer(c("s1","s2","s3"), c("m","y"), paste0), c(2024,2025), paste0))
part <- function(y) paste0("(s1y",y,"/s1m",y,"+s2y",y,"/s2m",y,"+2*s3y",y,"/s3m",y,")/4")
one <- function(D) {
  t <- svytotal(as.formula(paste("~", paste(cols, collapse="+"))), D)
  e <- list(before=parse(text=part(2024))[[1]], after=parse(text=part(2025))[[1]])
  b <- svycontrast(t, e); v <- vcov(b)
  g <- svycontrast(t, list(change=parse(text=paste0(part(2025),"-",part(2024)))[[1]]))
  num <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse=", "), "]")
  sprintf('{"values": %s,\n  "covariance": %s,\n  "difference": %.17g, "standard_error": %.17g, "df": %d}',
    num(unname(coef(b))), num(as.vector(v)), coef(g), as.numeric(SE(g)), as.integer(degf(D))) }
cat(sprintf('{"R": "%s", "survey": "%s",\n "population": {%s},\n "whole": %s,\n "unit": %s}\n',
  R.version.string, packageVersion("survey"), paste0('"', pop$cell, '": ', pop$Freq, collapse=", "),
  one(D), one(subset(D, unit=="U03"))))
