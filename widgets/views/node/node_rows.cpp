#include "widgets/views/node/node_rows.h"

#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/text.h"

#include <algorithm>
#include <map>

namespace busbar::views {

namespace {

constexpr auto kRight = Qt::AlignRight;

QString gpuText(int gpu) { return gpu < 0 ? QStringLiteral("?") : QString::number(gpu); }

QString orUnknown(const std::string& text) { return text.empty() ? QStringLiteral("?") : toQt(text); }

Cell wordsCell(const QString& text, Tone tone = Tone::text) { return {.text = text, .tone = tone, .tip = text}; }

const GpuDetail::Value* valueOf(const GpuDetail& gpu, Metric metric) {
    const auto found =
        std::find_if(gpu.metrics.begin(), gpu.metrics.end(), [metric](const GpuDetail::Value& value) { return value.metric == metric; });
    return found == gpu.metrics.end() ? nullptr : &*found;
}

Cell metricCell(const GpuDetail& gpu, Metric metric) {
    const GpuDetail::Value* value = valueOf(gpu, metric);
    if (metric == Metric::lease)
        return gpu.lease.empty() ? Cell{.text = QStringLiteral("none"), .tone = Tone::muted}
                                 : Cell{.text = toQt(gpu.lease), .tip = QStringLiteral("%1 \u00b7 %2").arg(toQt(gpu.lease), toQt(gpu.tenant))};
    if (value == nullptr) return {.text = QStringLiteral("?"), .tone = Tone::muted, .tip = QStringLiteral("not reported")};
    if (value->value < 0)
        return {.text = valueText(metric, value->value),
                .tone = Tone::muted,
                .tip = value->missing.empty() ? QStringLiteral("not read") : toQt(value->missing)};
    const bool odd = metric == Metric::health && value->value != static_cast<std::int64_t>(Health::ok);
    Cell cell{.text = valueText(metric, value->value),
              .bold = odd,
              .tip = QStringLiteral("%1 %2, %3 old").arg(valueText(metric, value->value), unitText(metric), durationText(value->ageMs))};
    return cell;
}

} // namespace

QVector<Column> processColumns() {
    return {{QStringLiteral("GPU"), 38, kRight},    {QStringLiteral("pid"), 64, kRight}, {QStringLiteral("command"), 0},
            {QStringLiteral("memory"), 80, kRight}, {QStringLiteral("age"), 66, kRight}, {QStringLiteral("user"), 84}};
}

CellRows processRows(const NodeDetail& detail, std::int64_t nowMs) {
    CellRows rows;
    for (const Process& process : detail.processes)
        rows << QVector<Cell>{{.text = gpuText(process.gpu)},
                              {.text = process.pid > 0 ? QString::number(process.pid) : QStringLiteral("?")},
                              {.text = orUnknown(process.command),
                               .mono = true,
                               .tip = QStringLiteral("%1\n%2").arg(orUnknown(process.command), orUnknown(process.kind))},
                              {.text = memoryText(process.memoryMib)},
                              {.text = ageText(process.startedWallMs, nowMs)},
                              wordsCell(orUnknown(process.user))};
    return rows;
}

QVector<Column> findingColumns() { return {{QString(), 28}, {QStringLiteral("finding"), 0}, {QStringLiteral("since"), 116, kRight}}; }

CellRows findingRows(const NodeDetail& detail, std::int64_t nowMs) {
    std::vector<Finding> findings = detail.findings;
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) { return a.health > b.health; });
    CellRows rows;
    for (const Finding& finding : findings) {
        const QString sentence = finding.component == "host" || finding.component.empty()
                                     ? toQt(finding.sentence)
                                     : QStringLiteral("%1: %2").arg(toQt(finding.component), toQt(finding.sentence));
        rows << QVector<Cell>{{.sign = finding.health == Health::ok ? Sign::free : healthSign(finding.health)},
                              {.text = sentence,
                               .second = QStringLiteral("rule %1 \u00b7 %2").arg(toQt(finding.rule), responseText(finding.responseClass)),
                               .bold = true,
                               .tip = sentence},
                              {.text = momentText(finding.sinceWallMs, nowMs),
                               .second = QStringLiteral("%1 ago").arg(ageText(finding.sinceWallMs, nowMs)),
                               .tone = Tone::secondary}};
    }
    for (const std::string& sentence : detail.stuck)
        rows << QVector<Cell>{
            {.sign = Sign::unknown},
            {.text = toQt(sentence), .second = QStringLiteral("collector of the agent; the others go on"), .bold = true, .tip = toQt(sentence)},
            {}};
    return rows;
}

QVector<Column> neighbourColumns() {
    return {
        {QStringLiteral("shares"), 0}, {QStringLiteral("sick"), 116, kRight}, {QStringLiteral("explains"), 96}, {QStringLiteral("lift"), 56, kRight}};
}

CellRows neighbourRows(const Neighbours& neighbours) {
    CellRows rows;
    for (const NeighbourDomain& domain : neighbours.domains) {
        const bool first = rows.isEmpty() && domain.lift > 1;
        const QString name = QStringLiteral("%1 %2").arg(toQt(domain.kind), toQt(domain.name));
        rows << QVector<Cell>{
            {.text = name, .bold = first, .tip = name},
            {.text = QStringLiteral("%1 of %2").arg(countText(domain.sick), countOf(domain.nodes, QStringLiteral("node"))), .tone = Tone::secondary},
            {.text = neighbours.sick == 0 ? QString() : QStringLiteral("%1 of %2").arg(countText(domain.sick), countText(neighbours.sick))},
            {.text = neighbours.sick == 0 ? QString() : QString::number(domain.lift, 'f', 1), .bold = first}};
    }
    return rows;
}

QVector<Column> metricColumns(const NodeDetail& detail) {
    QVector<Column> columns{{QStringLiteral("metric"), 138}, {QStringLiteral("unit"), 40}};
    for (std::size_t gpu = 0; gpu < detail.gpus.size(); ++gpu)
        columns << Column{QStringLiteral("GPU %1").arg(gpu), detail.gpus.size() > 8 ? 64 : 0, kRight};
    columns << Column{QStringLiteral("age"), 56, kRight};
    return columns;
}

CellRows metricRows(const NodeDetail& detail, std::int64_t nowMs) {
    CellRows rows;
    if (std::any_of(detail.gpus.begin(), detail.gpus.end(), [](const GpuDetail& gpu) { return isClosedApart(gpu.service); })) {
        QVector<Cell> services{{.text = QStringLiteral("service")}, {}};
        for (const GpuDetail& gpu : detail.gpus) services << gpuServiceCell(detail, gpu);
        rows << (services << Cell{});
    }
    const std::int64_t since = std::max<std::int64_t>(0, nowMs - detail.asOfWallMs);
    for (const MetricInfo& info : allMetrics()) {
        bool any = info.metric == Metric::lease;
        std::int64_t age = -1;
        for (const GpuDetail& gpu : detail.gpus) {
            const GpuDetail::Value* value = valueOf(gpu, info.metric);
            if (value == nullptr || value->value < 0) continue;
            any = true;
            age = std::max(age, value->ageMs);
        }
        if (!any) continue;
        QVector<Cell> row{wordsCell(toQt(info.label)), {.text = unitText(info.metric), .tone = Tone::muted}};
        for (const GpuDetail& gpu : detail.gpus) row << metricCell(gpu, info.metric);
        const QString ageWords = age < 0 ? QStringLiteral("?") : durationText(age + since);
        row << Cell{.text = info.metric == Metric::lease ? QString() : ageWords, .tone = Tone::muted}; // a lease is the books', not a reading
        rows << row;
    }
    return rows;
}

QStringList missingSentences(const NodeDetail& detail) {
    std::map<QString, QStringList> byReason;
    for (const MetricInfo& info : allMetrics()) {
        std::map<QString, QStringList> gpusByReason;
        for (std::size_t gpu = 0; gpu < detail.gpus.size(); ++gpu) {
            const GpuDetail::Value* value = valueOf(detail.gpus[gpu], info.metric);
            if (value == nullptr || value->value >= 0) continue;
            gpusByReason[value->missing.empty() ? QStringLiteral("not read") : toQt(value->missing)] << QString::number(gpu);
        }
        for (const auto& [reason, gpus] : gpusByReason) {
            const bool all = gpus.size() == std::ssize(detail.gpus);
            byReason[reason] << (all ? toQt(info.label) : QStringLiteral("%1 (GPU %2)").arg(toQt(info.label), gpus.join(QStringLiteral(", "))));
        }
    }
    QStringList sentences;
    for (const auto& [reason, metrics] : byReason) sentences << QStringLiteral("%1: %2").arg(reason, metrics.join(QStringLiteral(", ")));
    return sentences;
}

QVector<Column> eventColumns() {
    return {{QStringLiteral("time UTC"), 124},
            {QString(), 24},
            {QStringLiteral("GPU"), 40, kRight},
            {QStringLiteral("event"), 0},
            {QStringLiteral("kind"), 70}};
}

CellRows eventRows(const NodeDetail& detail, std::int64_t nowMs) {
    CellRows rows;
    for (auto event = detail.events.rbegin(); event != detail.events.rend(); ++event)
        rows << QVector<Cell>{
            {.text = momentText(event->wallMs, nowMs), .tone = Tone::secondary},
            {.sign = eventSign(*event)},
            {.text = event->gpu < 0 ? QString() : QString::number(event->gpu)},
            {.text = toQt(event->text), .second = event->beforeAgent ? QStringLiteral("before the agent") : QString(), .tip = toQt(event->text)},
            {.text = toQt(toString(event->kind)), .tone = Tone::muted}};
    return rows;
}

QVector<Column> factColumns() {
    return {{QStringLiteral("time UTC"), 124}, {QStringLiteral("fact"), 84}, {QStringLiteral("from"), 104},
            {QStringLiteral("to"), 104},       {QStringLiteral("why"), 0},   {QStringLiteral("who"), 140}};
}

CellRows factRows(const NodeDetail& detail, std::int64_t nowMs) {
    CellRows rows;
    for (auto change = detail.history.rbegin(); change != detail.history.rend(); ++change)
        rows << QVector<Cell>{{.text = momentText(change->wallMs, nowMs), .tone = Tone::secondary},
                              {.text = toQt(change->fact)},
                              wordsCell(orUnknown(change->from), Tone::secondary),
                              {.text = orUnknown(change->to), .bold = true},
                              wordsCell(toQt(change->why), Tone::secondary),
                              wordsCell(toQt(change->who))};
    return rows;
}

QStringList ownReasons(const NodeDetail& detail) {
    QStringList reasons;
    for (const std::string& reason : detail.reasons) {
        const bool said = std::any_of(detail.findings.begin(), detail.findings.end(), [&](const Finding& finding) {
            return reason.size() >= finding.sentence.size() && reason.ends_with(finding.sentence);
        });
        if (!said) reasons << toQt(reason);
    }
    return reasons;
}

} // namespace busbar::views
