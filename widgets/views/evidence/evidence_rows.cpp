#include "widgets/views/evidence/evidence_rows.h"

#include "widgets/views/parts/text.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace busbar::views {

namespace {

/// A GPU's UUID as people tell them apart, its beginning and its end; the whole one stands in the tooltip.
constexpr int kSubjectBegin = 12, kSubjectEnd = 4;
constexpr double kBytesPerMib = 1024.0 * 1024.0;
/// Room right of the longest bar.
constexpr double kBarHeadroom = 1.08;

Sign signOf(StepState state) {
    switch (state) {
    case StepState::succeeded: return Sign::check;
    case StepState::failed: return Sign::p2;
    case StepState::running: return Sign::provisioning;
    case StepState::unknown: return Sign::unknown;
    case StepState::skipped:
    case StepState::cancelled: return Sign::cross;
    case StepState::pending: return Sign::free;
    }
    return Sign::unknown;
}

Cell subjectCell(const std::string& subject) {
    QStringList ends = toQt(subject).split(QStringLiteral(" > "));
    for (QString& end : ends)
        if (end.size() > kSubjectBegin + kSubjectEnd) end = QStringLiteral("%1\u2026%2").arg(end.left(kSubjectBegin), end.right(kSubjectEnd));
    return {.text = ends.join(QStringLiteral(" \u2192 ")), .tip = toQt(subject)};
}

template <typename Visit>
void eachStep(const TargetRecord& target, int step, Visit visit) {
    for (int i = 0; i < std::ssize(target.steps); ++i)
        if (step == kAllSteps || step == i) visit(target.steps[static_cast<std::size_t>(i)]);
}

Cell ruleCell(const TestFigure& figure) {
    if (figure.rule == TestFigure::Rule::none) return {.text = QStringLiteral("none"), .tone = Tone::muted};
    const QString sign = figure.rule == TestFigure::Rule::atLeast ? QStringLiteral("\u2265 ") : QStringLiteral("\u2264 ");
    return {.text = sign + figureText(figure.threshold, figure.unit)};
}

Cell heldCell(const TestFigure& figure) {
    if (figure.rule == TestFigure::Rule::none) return {.text = QStringLiteral("told, not judged"), .tone = Tone::muted};
    if (figure.passed()) return {.text = QStringLiteral("holds"), .sign = Sign::check};
    return {.text = figure.rule == TestFigure::Rule::atLeast ? QStringLiteral("too low") : QStringLiteral("too high"), .bold = true, .sign = Sign::p2};
}

Cell fleetCell(const TestFigure& figure) {
    if (figure.fleetCount == 0) return {.text = QStringLiteral("not compared"), .tone = Tone::muted};
    if (figure.fleetCount == 1) return {.text = QStringLiteral("the first of its kind"), .tone = Tone::muted};
    return {.text = QStringLiteral("median %1, %2 of %3").arg(figureText(figure.fleetMedian, {}), countText(figure.fleetRank), countText(figure.fleetCount)),
            .tip = QStringLiteral("among the newest of the site's GPUs of this model (or its nodes, or pairs of GPUs) in burn-ins of this profile; 1 is the best")};
}

Cell barCell(const TestFigure& figure, double scale) {
    const bool judged = figure.rule != TestFigure::Rule::none;
    const bool comparable = judged && figure.threshold > 0;
    const QString words = comparable ? QStringLiteral("%1 % of the threshold").arg(100 * figure.value / figure.threshold, 0, 'f', 0) : QString();
    return {.text = words, .bar = CellBar{.share = figure.value / scale, .mark = comparable ? figure.threshold / scale : -1, .good = figure.passed()}};
}

} // namespace

TargetRecord recordOf(const ProvenTarget& proven) {
    TargetRecord record = proven.record;
    record.steps.clear();
    for (const ProvenStep& step : proven.steps) {
        StepRecord& to = record.steps.emplace_back(step.record);
        if (step.report) to.evidence.insert(to.evidence.end(), step.report->evidence.begin(), step.report->evidence.end());
    }
    return record;
}

TargetRecord shownOf(const TargetRecord& told, const TargetRecord& proven, bool sure) {
    TargetRecord shown = told;
    shown.steps.resize(std::max(told.steps.size(), proven.steps.size()));
    for (std::size_t i = 0; i < shown.steps.size(); ++i) {
        const bool ended = i < proven.steps.size() && hasEnded(proven.steps[i]);
        if (ended || i >= told.steps.size()) {
            shown.steps[i] = proven.steps[i];
        } else if (sure) {
            shown.steps[i].evidence.clear();
            shown.steps[i].figures.clear();
        }
    }
    if (sure && (isFinal(told.state) || isFinal(proven.state))) {
        shown.state = proven.state;
        shown.sentence = proven.sentence;
    }
    return shown;
}

QString sourceText(const std::string& source) {
    static constexpr std::string_view kSimulated = "simulated ";
    if (source.starts_with(kSimulated)) return QStringLiteral("%1 \u00b7 SIMULATED").arg(toQt(source.substr(kSimulated.size())));
    if (source == "model") return QStringLiteral("model \u00b7 SIMULATED");
    return source == "nvml" || source == "cuda" ? QStringLiteral("%1 \u00b7 live").arg(toQt(source)) : toQt(source);
}

QString factText(const std::string& value, const std::string& unit) {
    if (value.empty()) return QStringLiteral("none");
    return unit.empty() ? toQt(value) : QStringLiteral("%1 %2").arg(toQt(value), toQt(unit));
}

Cell verdictCell(Verdict verdict) {
    const bool good = verdict == Verdict::asSet;
    if (verdict == Verdict::notApplicable) return {.text = toQt(toString(verdict)), .tone = Tone::secondary, .sign = Sign::absent};
    return {.text = good ? QStringLiteral("as set") : toQt(toString(verdict)), .bold = !good, .sign = good ? Sign::check : verdict == Verdict::notAsSet ? Sign::p2 : Sign::unknown};
}

int placeOf(Verdict verdict) { return verdict == Verdict::asSet ? 1 : verdict == Verdict::notApplicable ? 2 : 0; }

QString figureText(double value, const std::string& unit) {
    if (unit == "bytes" && value >= kBytesPerMib) return memoryText(std::llround(value / kBytesPerMib));
    const double size = std::abs(value);
    QString text = size >= 1'000 ? countText(std::llround(value)) : QString::number(value, 'f', size >= 100 ? 1 : size >= 10 ? 2 : 3);
    if (text.contains(QLatin1Char('.'))) {
        while (text.endsWith(QLatin1Char('0'))) text.chop(1);
        if (text.endsWith(QLatin1Char('.'))) text.chop(1);
    }
    return unit.empty() ? text : QStringLiteral("%1 %2").arg(text, toQt(unit));
}

QVector<Column> stepColumns() { return {{QString(), 26}, {QStringLiteral("step"), 0}, {QStringLiteral("took"), 76, Qt::AlignRight}, {QStringLiteral("facts"), 44, Qt::AlignRight}, {QStringLiteral("figures"), 54, Qt::AlignRight}}; }

QVector<QVector<Cell>> stepRows(const TargetRecord& target) {
    const auto number = [](std::size_t count) { return count == 0 ? QString() : countText(static_cast<std::int64_t>(count)); };
    std::size_t facts = 0, figures = 0;
    QVector<QVector<Cell>> rows{{}};
    int place = 0;
    for (const StepRecord& step : target.steps) {
        facts += step.evidence.size();
        figures += step.figures.size();
        const bool ended = step.endedWallMs > 0 && step.startedWallMs > 0;
        // The check says it for the common case; a word there would only be cut.
        QString state = step.state == StepState::succeeded ? QString() : toQt(toString(step.state));
        if (step.state == StepState::running && step.share >= 0) state += QStringLiteral(" %1 %").arg(std::floor(100 * step.share), 0, 'f', 0);
        rows << QVector<Cell>{Cell{.sign = signOf(step.state)}, Cell{.text = QStringLiteral("%1 %2").arg(++place).arg(toQt(toString(step.kind))), .second = state, .bold = true, .tip = toQt(step.sentence)},
                              Cell{.text = ended ? durationText(step.endedWallMs - step.startedWallMs) : QString(), .tone = Tone::secondary}, Cell{.text = number(step.evidence.size())}, Cell{.text = number(step.figures.size())}};
    }
    rows[0] = {Cell{}, Cell{.text = QStringLiteral("all steps"), .bold = true}, Cell{}, Cell{.text = number(facts)}, Cell{.text = number(figures)}};
    return rows;
}

QVector<Column> evidenceColumns() {
    return {{QStringLiteral("of"), 138}, {QStringLiteral("fact"), 0}, {QStringLiteral("before"), 96}, {QStringLiteral("after"), 176}, {QStringLiteral("expected"), 104}, {QStringLiteral("source"), 124}, {QStringLiteral("verdict"), 110}};
}

QVector<QVector<Cell>> evidenceRows(const TargetRecord& target, int step) {
    std::vector<const Evidence*> found;
    eachStep(target, step, [&](const StepRecord& record) {
        for (const Evidence& item : record.evidence) found.push_back(&item);
    });
    std::stable_sort(found.begin(), found.end(), [](const Evidence* a, const Evidence* b) { return placeOf(a->verdict) < placeOf(b->verdict); });
    QVector<QVector<Cell>> rows;
    for (const Evidence* item : found)
        rows << QVector<Cell>{subjectCell(item->subject), Cell{.text = toQt(item->fact)}, Cell{.text = factText(item->before, item->unit), .tone = Tone::secondary}, Cell{.text = factText(item->after, item->unit), .bold = true},
                              Cell{.text = item->expected.empty() ? QStringLiteral("not set") : factText(item->expected, item->unit), .tone = Tone::secondary},
                              Cell{.text = sourceText(item->source), .tone = Tone::secondary, .tip = QStringLiteral("read at %1 UTC").arg(clockText(item->readWallMs))}, verdictCell(item->verdict)};
    return rows;
}

QVector<Column> figureColumns() {
    return {{QStringLiteral("of"), 138}, {QStringLiteral("test"), 0}, {QStringLiteral("measured"), 106, Qt::AlignRight}, {QString(), 96}, {QStringLiteral("threshold"), 106}, {QStringLiteral("from"), 0}, {QStringLiteral("fleet"), 180}, {QStringLiteral("verdict"), 110}};
}

QVector<QVector<Cell>> figureRows(const TargetRecord& target, int step) {
    std::vector<const TestFigure*> found;
    std::map<std::pair<std::string, std::string>, double> scales; // the same test on all GPUs is drawn on one scale
    eachStep(target, step, [&](const StepRecord& record) {
        for (const TestFigure& figure : record.figures) {
            found.push_back(&figure);
            double& scale = scales[{figure.name, figure.unit}];
            scale = std::max({scale, figure.value * kBarHeadroom, figure.threshold * kBarHeadroom});
        }
    });
    std::stable_sort(found.begin(), found.end(), [](const TestFigure* a, const TestFigure* b) { return a->passed() < b->passed(); });
    QVector<QVector<Cell>> rows;
    for (const TestFigure* figure : found) {
        const double scale = scales[{figure->name, figure->unit}];
        rows << QVector<Cell>{subjectCell(figure->subject), Cell{.text = toQt(figure->name)}, Cell{.text = figureText(figure->value, figure->unit), .bold = true}, scale > 0 ? barCell(*figure, scale) : Cell{}, ruleCell(*figure),
                              Cell{.text = toQt(figure->thresholdSource), .tone = Tone::secondary}, fleetCell(*figure), heldCell(*figure)};
    }
    return rows;
}

QString leftOutSentence() { return QStringLiteral("Left out of the overview, as the action is too large: opens with the signed evidence."); }

QString proofSentence(const TargetRecord& target) {
    std::int64_t good = 0, facts = 0, lacking = 0, held = 0, judged = 0, told = 0;
    eachStep(target, kAllSteps, [&](const StepRecord& record) {
        for (const Evidence& item : record.evidence) {
            const bool applies = item.verdict != Verdict::notApplicable;
            facts += applies ? 1 : 0;
            lacking += applies ? 0 : 1;
            good += item.verdict == Verdict::asSet ? 1 : 0;
        }
        for (const TestFigure& figure : record.figures) {
            const bool rule = figure.rule != TestFigure::Rule::none;
            told += rule ? 0 : 1;
            judged += rule ? 1 : 0;
            held += rule && figure.passed() ? 1 : 0;
        }
    });
    QStringList words;
    if (facts > 0) words << QStringLiteral("%1 of %2 as set").arg(countText(good), countOf(facts, QStringLiteral("fact")));
    if (lacking > 0) words << QStringLiteral("%1 that %2 not apply here").arg(countOf(lacking, QStringLiteral("fact")), lacking == 1 ? QStringLiteral("does") : QStringLiteral("do"));
    if (judged > 0) words << QStringLiteral("%1 of %2 within their thresholds").arg(countText(held), countOf(judged, QStringLiteral("figure")));
    if (told > 0) words << QStringLiteral("%1 without a threshold").arg(countOf(told, QStringLiteral("figure")));
    return words.join(QStringLiteral(" \u00b7 "));
}

} // namespace busbar::views
