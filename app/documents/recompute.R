# Recomputes every published figure from the tables beside this file, and prints the differences.
# Run in this folder:  Rscript recompute.R      Needs R 4 and its package survey (r-cran-survey).
# Written to differences.csv: each figure's published number, the one computed here, and their gap.

suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "adjust", digits = 15)
texts <- c(psu = "character", unit = "character", field = "character", domain = "character",
           key = "character", code = "character", parent = "character", unit_code = "character")
# Codes such as 017 stay texts; read.csv warns of those columns that a table does not have.
table_of <- function(name) {
  suppressWarnings(read.csv(paste0(name, ".csv"), check.names = FALSE, na.strings = "",
                            fileEncoding = "UTF-8", colClasses = texts))
}
blank <- function(text) ifelse(is.na(text), "", text)
rounding <- 1e-12

forms <- table_of("forms"); nodes <- table_of("nodes"); variables <- table_of("variables")
groups <- table_of("groups"); recipes <- table_of("recipes"); published <- table_of("figures")
for (column in c("parent", "code")) nodes[[column]] <- blank(nodes[[column]])
for (column in c("domain", "code")) recipes[[column]] <- blank(recipes[[column]])

# --- A form: its rows, their weights, and R survey's design --------------------------------------

read_form <- function(name) {
  rows <- table_of(paste0("rows-", name)); cells <- table_of(paste0("cells-", name))
  pooling <- forms$pooling[forms$form == name]
  of_form <- variables[variables$form == name, ]
  design <- svydesign(ids = ~psu, strata = ~stratum, fpc = ~fraction, weights = ~base_weight,
                      data = rows, nest = TRUE)
  list(name = name, rows = rows, cells = cells, pooling = pooling, design = design,
       items = of_form[of_form$kind == "item", ], extras = of_form[of_form$kind == "extra", ],
       nodes = nodes[nodes$form == name, ])
}

# Columns of one letter, e.g. n.A1, n.A2: rows by items.
columns <- function(form, letter, names) {
  as.matrix(form$rows[, paste0(letter, ".", names), drop = FALSE])
}

# The calibrated weights of all rows: base weight times the factor of the row's cell.
weights_of <- function(form, plain) {
  if (plain) rep(1, nrow(form$rows)) else form$rows$base_weight * form$cells$factor[form$rows$cell]
}

# What calibration explains of sums z (rows by figures): people times x'b, where b regresses z on
# the margins x with base weights. Margins of different blocks have no cell in common.
explained <- function(form, z) {
  cells <- form$cells; rows <- form$rows
  margins <- as.matrix(cells[, grep("^m[0-9]+$", names(cells)), drop = FALSE])
  people <- as.vector(tapply(rows$base_weight * rows$people, factor(rows$cell, cells$cell), sum))
  people[is.na(people)] <- 0
  sums <- rowsum(rows$base_weight * z, factor(rows$cell, cells$cell), reorder = TRUE)
  by_cell <- matrix(0, nrow(cells), ncol(z))
  by_cell[match(rownames(sums), cells$cell), ] <- sums
  fitted <- matrix(0, nrow(cells), ncol(z))
  for (place in split(seq_len(nrow(cells)), cells$block)) {
    if (cells$block[place[1]] < 1 || all(by_cell[place, ] == 0) || all(people[place] == 0)) next
    used <- setdiff(unique(as.vector(margins[place, ])), 0)
    x <- matrix(0, length(place), length(used))
    for (m in seq_len(ncol(margins))) {
      at <- match(margins[place, m], used); there <- !is.na(at) & margins[place, m] > 0
      x[cbind(which(there), at[there])] <- 1
    }
    heard <- people[place] > 0
    root <- sqrt(people[place][heard])
    means <- by_cell[place, , drop = FALSE][heard, , drop = FALSE] / root
    fitted[place[heard], ] <- qr.fitted(qr(x[heard, , drop = FALSE] * root), means) / root
  }
  fitted[rows$cell, , drop = FALSE] * rows$people
}

# The covariance's diagonal by survey's own kernel, over the strata that have any score.
variances <- function(form, scores) {
  strata <- form$rows$stratum
  keep <- strata %in% unique(strata[rowSums(scores != 0) > 0])
  if (!any(keep)) return(rep(0, ncol(scores)))
  design <- form$design
  part <- function(frame) frame[keep, , drop = FALSE]
  found <- survey:::svyrecvar(scores[keep, , drop = FALSE], part(design$cluster),
                              part(design$strata), lapply(design$fpc, part), postStrata = NULL)
  diag(as.matrix(found))
}

# --- The index rule: each item's part in a node --------------------------------------------------

item_parts <- function(form, kind, code, heard) {
  items <- form$items$code
  if (kind == "item") return(as.numeric(items == code) * heard)
  below <- form$nodes[form$nodes$parent_kind == kind & form$nodes$parent == code, ]
  parts <- lapply(seq_len(nrow(below)), function(n) {
    item_parts(form, below$kind[n], below$code[n], heard)
  })
  there <- vapply(parts, function(part) any(part != 0), TRUE)
  if (!any(there)) return(rep(0, length(items)))
  share <- below$weight[there] / sum(below$weight[there])
  Reduce(`+`, Map(`*`, share, parts[there]))
}

items_below <- function(form, kind, code) {
  item_parts(form, kind, code, rep(TRUE, nrow(form$items))) != 0
}

# --- Figures of one domain -----------------------------------------------------------------------

ratio <- function(top, bottom, weight) {
  below <- sum(weight * bottom); value <- sum(weight * top) / below
  list(value = value, score = (top - value * bottom) / below)
}

# Value, row scores, people who answered by row, kind, scale and variance between people.
figure_of <- function(form, data, kind, code) {
  if (kind == "extra") {
    top <- data$x[, code]; bottom <- data$d[, code]
    found <- ratio(top, bottom, data$weight)
    ends <- form$extras[form$extras$code == code, ]
    spread <- sum(data$weight * data$e[, code]) / sum(data$weight * bottom) - found$value^2
    share <- ends$low == 0 && ends$high == 1
    return(c(found, list(counts = bottom, share = share, low = ends$low, high = ends$high,
                         spread = if (share) found$value * (1 - found$value) else max(spread, 0))))
  }
  if (kind == "item") {
    found <- ratio(data$y[, code] / data$c[, code], data$n[, code] / data$c[, code], data$weight)
    return(c(found, list(counts = data$n[, code], share = TRUE, low = 0, high = 1,
                         spread = found$value * (1 - found$value))))
  }
  score <- kind == "mean_score"
  node <- if (score) "index" else kind
  held <- items_below(form, node, code)
  top <- (if (score) data$s else data$y) / data$c
  bottom <- data$n / data$c
  heard <- colSums(data$weight * bottom) > 0
  if (form$pooling == "pooled") {
    found <- ratio(rowSums(top[, held, drop = FALSE]), rowSums(bottom[, held, drop = FALSE]),
                   data$weight)
  } else {
    part <- item_parts(form, node, code, heard)
    used <- which(part != 0)
    each <- lapply(used, function(k) ratio(top[, k], bottom[, k], data$weight))
    found <- list(value = sum(part[used] * vapply(each, `[[`, 0, "value")),
                  score = Reduce(`+`, Map(function(p, one) p * one$score, part[used], each)))
  }
  counts <- apply(data$n[, held, drop = FALSE], 1, max)
  if (any(data$c < 1)) {
    asked <- pmax(rowSums(data$c[, held, drop = FALSE]), 1)
    told <- pmin(rowSums(data$n[, held, drop = FALSE]) / asked, data$people)
    counts <- pmax(counts, told)
  }
  ends <- form$items[held, ]
  c(found, list(counts = counts, share = !score, low = if (score) ends$low[1] else 0,
                high = if (score) ends$high[1] else 1,
                spread = if (score) NA else found$value * (1 - found$value)))
}

domain_rows <- function(form, scope, key) {
  if (scope == "unit") return(form$rows$unit == key)
  if (scope == "group") return(form$rows$field %in% groups$field[groups$key == key])
  rep(TRUE, nrow(form$rows))
}

pooled_fraction <- function(people, fraction) {
  if (any(fraction[people > 0] <= 0)) return(0)
  min(1, sum(people) / sum(people / fraction))
}

# All wanted figures of a domain at once: a data frame, a line each.
domain_figures <- function(form, scope, key, wanted, plain) {
  inside <- domain_rows(form, scope, key)
  whole <- weights_of(form, plain)
  data <- list(weight = whole[inside], people = form$rows$people[inside])
  for (letter in c("n", "y", "s", "c")) {
    data[[letter]] <- columns(form, letter, form$items$code)[inside, , drop = FALSE]
    colnames(data[[letter]]) <- form$items$code
  }
  for (letter in c("x", "d", "e")) {
    data[[letter]] <- columns(form, letter, form$extras$code)[inside, , drop = FALSE]
    colnames(data[[letter]]) <- form$extras$code
  }
  found <- Map(function(kind, code) figure_of(form, data, kind, code), wanted$kind, wanted$code)
  z <- matrix(0, nrow(form$rows), length(found))
  z[inside, ] <- vapply(found, `[[`, numeric(sum(inside)), "score")
  scores <- whole * (if (plain) z else z - explained(form, z))
  stratum <- form$rows$stratum[inside]
  psu <- paste(stratum, form$rows$psu[inside])
  behind <- tapply(data$people, stratum, sum)
  fraction <- tapply(form$rows$fraction[inside], stratum, `[`, 1)
  counts <- lapply(found, `[[`, "counts")
  lines <- data.frame(
    value = vapply(found, function(one) {
      slack <- rounding * (one$high - one$low)
      if (one$value > one$high - slack) one$high
      else if (one$value < one$low + slack) one$low else one$value
    }, 0),
    variance = variances(form, scores),
    df = vapply(counts, function(n) length(unique(psu[n > 0])) - length(unique(stratum[n > 0])), 0),
    answers = vapply(counts, function(n) floor(sum(n) + 1e-6), 0),
    fraction = pooled_fraction(behind, fraction),
    share = vapply(found, `[[`, TRUE, "share"), low_end = vapply(found, `[[`, 0, "low"),
    high_end = vapply(found, `[[`, 0, "high"),
    spread = vapply(found, function(one) as.numeric(one$spread), 0), pooled = 1)
  cbind(wanted, lines)
}

# --- Design effects and intervals (Korn & Graubard 1998; Parker et al., NCHS 2-175) --------------

at_an_end <- function(e) {
  slack <- rounding * (e$high_end - e$low_end)
  e$value <= e$low_end + slack || e$value >= e$high_end - slack
}
cap <- function(e) if (e$fraction < 1) e$answers / (1 - e$fraction) else Inf
pooled_answers <- function(e) cap(e) / max(1, e$pooled)
deff <- function(e) {
  if (e$fraction >= 1 || e$df < 1 || is.na(e$spread) || at_an_end(e)) return(NA)
  if (e$spread <= rounding * (e$high_end - e$low_end)^2) return(NA)
  e$variance * cap(e) / e$spread
}
effective <- function(e) {
  own <- deff(e)
  min(cap(e), if (is.na(own) || own == 0) Inf else cap(e) / own, pooled_answers(e))
}
holding <- function(e, low, high) {
  c(max(e$low_end, min(low, e$value)), min(e$high_end, max(high, e$value)))
}
interval <- function(e, level = 0.95) {
  tail <- (1 - level) / 2
  if (e$fraction >= 1) return(c(e$value, e$value))
  if (!e$share) {
    if (at_an_end(e)) {
      reach <- (e$high_end - e$low_end) * (1 - tail^(1 / pooled_answers(e)))
      if (e$value > (e$low_end + e$high_end) / 2) return(c(max(e$low_end, e$value - reach), e$value))
      return(c(e$value, min(e$high_end, e$value + reach)))
    }
    if (e$df < 1) return(c(e$low_end, e$high_end))
    half <- qt(1 - tail, e$df) * sqrt(e$variance)
    return(holding(e, e$value - half, e$value + half))
  }
  n <- pooled_answers(e)
  if (!at_an_end(e)) {
    own <- if (e$df < 1) n else if (e$variance > 0) e$value * (1 - e$value) / e$variance else Inf
    factor <- (qt(1 - tail, max(e$answers - 1, 1)) / qt(1 - tail, max(e$df, 1)))^2
    n <- min(cap(e), own * factor, n)
  }
  if (is.infinite(n)) return(c(e$value, e$value))
  low <- if (e$value <= rounding) 0 else qbeta(tail, n * e$value, n * (1 - e$value) + 1)
  high <- if (e$value >= 1 - rounding) 1 else qbeta(1 - tail, n * e$value + 1, n * (1 - e$value))
  holding(e, low, high)
}

# Several forms as one: a weighted mean of independent estimates, Satterthwaite's df.
together <- function(each, weights) {
  if (nrow(each) == 1) return(each)
  line <- function(n) each[n, ]
  lines <- seq_len(nrow(each)); a <- weights / sum(weights)
  planned <- vapply(lines, function(n) {
    e <- line(n)
    if (e$df >= 1 || e$fraction >= 1) e$variance
    else (if (is.na(e$spread)) 0 else e$spread) / pooled_answers(e)
  }, 0)
  v <- a^2 * planned
  found <- each[1, ]
  found$value <- min(max(sum(a * each$value), found$low_end), found$high_end)
  found$variance <- sum(v); found$answers <- sum(each$answers)
  dfs <- pmax(each$df, 1)
  found$df <- if (sum(v) == 0) sum(dfs) else 1 / sum((v / sum(v))^2 / dfs)
  found$fraction <- pooled_fraction(each$answers, each$fraction)
  information <- sum(a^2 / vapply(lines, function(n) pooled_answers(line(n)), 0))
  found$pooled <- if (found$fraction < 1) found$answers / (1 - found$fraction) * information else 1
  found$spread <- if (found$share) found$value * (1 - found$value) else NA
  if (all(each$df < 1 & each$fraction < 1)) found$df <- 0
  found
}

# --- All of it -----------------------------------------------------------------------------------

# Shown or not, all figures of units are needed: their median design effect is a floor.
estimates <- list()
for (name in forms$form) {
  form <- read_form(name)
  of_form <- unique(recipes[recipes$form == name, c("scope", "domain", "kind", "code")])
  mixed <- forms$plain_where_units_join[forms$form == name] == 1
  run <- function(domains, plain) {
    do.call(rbind, lapply(seq_len(nrow(domains)), function(n) {
      scope <- domains$scope[n]; key <- domains$domain[n]
      wanted <- of_form[of_form$scope == scope & of_form$domain == key, ]
      cbind(form = name, domain_figures(form, scope, key, wanted, plain))
    }))
  }
  domains <- unique(of_form[c("scope", "domain")])
  units <- domains[domains$scope == "unit", ]; others <- domains[domains$scope != "unit", ]
  floors <- function(lines) {
    own <- vapply(seq_len(nrow(lines)), function(n) as.numeric(deff(lines[n, ])), 0)
    tapply(own, paste(lines$kind, lines$code), median, na.rm = TRUE)
  }
  with_floor <- function(lines, floor) {
    usual <- as.vector(floor[paste(lines$kind, lines$code)])
    lines$pooled <- ifelse(is.na(usual), 1, usual)
    lines
  }
  of_units <- run(units, FALSE)
  floor <- floors(of_units)
  usual <- if (mixed) floors(run(units, TRUE)) else floor
  above <- if (nrow(others)) with_floor(run(others, mixed), usual)
  estimates[[name]] <- rbind(with_floor(of_units, floor), above)
}
estimates <- do.call(rbind, estimates)
key_of <- function(lines) paste(lines$form, lines$scope, lines$domain, lines$kind, lines$code, sep = "\t")
place <- match(key_of(recipes), key_of(estimates))

numbers <- c("value", "standard_error", "df", "deff", "n_eff", "low", "high")
recomputed <- t(vapply(published$figure, function(number) {
  mine <- recipes$figure == number
  e <- together(estimates[place[mine], ], recipes$weight[mine])
  limits <- interval(e)
  n_eff <- if (e$fraction >= 1) NA else effective(e)
  c(e$value, sqrt(e$variance), e$df, as.numeric(deff(e)), n_eff, limits)
}, numeric(length(numbers))))
colnames(recomputed) <- numbers

shown <- which(!is.na(published$value))
differences <- do.call(rbind, lapply(numbers, function(number) {
  data.frame(figure = published$figure[shown], scope = published$scope[shown],
             measure = published$measure[shown], key = published$key[shown],
             unit_code = published$unit_code[shown], number = number,
             published = published[[number]][shown], recomputed = recomputed[shown, number])
}))
# A number that was published and is missing here, or the reverse, is a difference without end.
lost <- is.na(differences$published) != is.na(differences$recomputed)
differences <- differences[lost | !is.na(differences$published), ]
lost <- is.na(differences$published) != is.na(differences$recomputed)
gap <- abs(differences$published - differences$recomputed) / pmax(1, abs(differences$published))
differences$difference <- ifelse(lost, Inf, gap)
write.csv(differences, "differences.csv", row.names = FALSE, na = "", fileEncoding = "UTF-8")
cat(sprintf("%d figures shown, %d not shown\n", length(shown), nrow(published) - length(shown)))
for (number in numbers) {
  gaps <- differences$difference[differences$number == number]
  if (length(gaps)) cat(sprintf("%-15s %5d numbers, largest difference %.2g\n", number, length(gaps), max(gaps)))
}
agree <- all(differences$difference <= 1e-8)
cat(if (agree) "All numbers agree to 1e-8.\n" else "SOME NUMBERS DIFFER by more than 1e-8.\n")
quit(status = if (agree) 0L else 1L)
