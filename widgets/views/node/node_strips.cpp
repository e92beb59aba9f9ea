#include "widgets/views/node/node_strips.h"

#include "widgets/views/node/change_table.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/segments.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

namespace busbar::views {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::array<std::int64_t, 4> kSpans{5 * kMinuteMs, 15 * kMinuteMs, 60 * kMinuteMs, 24 * 60 * kMinuteMs};
constexpr int kFifteenMinutes = 1;
constexpr int kWideTitle = 1'130, kLegendFrom = 990;
constexpr std::int64_t kStepsWanted = 900; ///< about a step a pixel
constexpr std::int64_t kChangesMs = 2'000;

struct Choice {
    Metric metric;
    const char* words;
};
constexpr std::array kChoices{Choice{Metric::smActive, "SM"},           Choice{Metric::gpuUtil, "util"},
                              Choice{Metric::temperature, "temp"},      Choice{Metric::memTemperature, "HBM temp"},
                              Choice{Metric::memUsedPercent, "memory"}, Choice{Metric::smClock, "clock"}};

QStringList choiceWords() {
    QStringList words;
    for (const Choice& choice : kChoices) words << QString::fromLatin1(choice.words);
    return words;
}

std::int64_t valueIn(const GpuDetail& gpu, Metric metric) {
    for (const GpuDetail::Value& value : gpu.metrics)
        if (value.metric == metric) return value.value;
    return kNotRead;
}

/// The next round number, for the top of a scale.
std::int64_t roundUp(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

} // namespace

NodeStrips::NodeStrips(QWidget* parent) : Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, parent) {
    build();
    connect(m_metrics, &Segments::chosen, this, &NodeStrips::chooseMetric);
    connect(m_spans, &Segments::chosen, this, &NodeStrips::chooseSpan);
    connect(m_chart, &controls::StripChart::windowChanged, this, &NodeStrips::windowMoved);
    connect(m_chart, &controls::StripChart::windowMarked, this, &NodeStrips::showChanges);
    connect(m_chart, &controls::StripChart::stripOpened, this, &NodeStrips::stripOpened);
    connect(m_chart, &controls::StripChart::cursorMoved, this,
            [this](qint64 wallMs) { Q_EMIT statusChanged(wallMs > 0 ? QStringLiteral("cursor %1 UTC").arg(clockText(wallMs)) : QString()); });
}

void NodeStrips::build() {
    auto* column = columnLayout(this);
    column->setContentsMargins(1, 1, 1, 1);
    auto* head = new Surface(Tone::panel, Qt::BottomEdge, this);
    head->setFixedHeight(30);
    auto* row = rowLayout(head, 12);
    row->setContentsMargins(10, 0, 8, 1);
    m_head = new Line(head, {strong(QStringLiteral("GPUs"), kBasePx)});
    m_legend = new StripLegend(head);
    m_metrics = new Segments(QStringLiteral("metric of the line"), choiceWords(), head);
    m_spans = new Segments(QStringLiteral("time span"),
                           {QStringLiteral("5 m"), QStringLiteral("15 m"), QStringLiteral("1 h"), QStringLiteral("24 h")}, head);
    m_spans->setCurrent(kFifteenMinutes);
    row->addWidget(m_head, 1);
    row->addWidget(m_legend);
    row->addWidget(m_metrics);
    row->addWidget(m_spans);
    column->addWidget(head);
    m_problem = new Line(this);
    m_problem->setLineHeight(24);
    m_problem->hide();
    column->addWidget(m_problem);
    m_chart = new controls::StripChart(m_history);
    m_chart->setObjectName(QStringLiteral("strips"));
    m_chart->setBand(&m_band);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(m_chart);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* inner = columnLayout();
    inner->setContentsMargins(8, 6, 8, 0);
    inner->addWidget(scroll);
    column->addLayout(inner, 1);
    m_changes = new ChangeTable(this);
    column->addWidget(m_changes);
}

void NodeStrips::resizeEvent(QResizeEvent* event) {
    Surface::resizeEvent(event);
    m_head->setRuns({strong(width() >= kWideTitle ? QStringLiteral("GPUs on one time axis") : QStringLiteral("GPUs"), kBasePx)});
    m_legend->setVisible(width() >= kLegendFrom);
}

void NodeStrips::showNode(const std::string& id, int gpus) {
    const bool sameNode = m_history.nodeId() == id;
    m_history.reset(id, gpus);
    m_values.assign(static_cast<std::size_t>(m_history.gpus()) * items::kTracedMetrics.size(), kNotRead);
    if (!sameNode) {
        m_band.clear();
        m_gpus.clear();
        m_metricChosen = false;
        m_metric = Metric::smActive;
        m_powerTop = 0;
        m_chart->setMarks({});
        m_chart->clearMarked();
        setHistoryProblem({});
    }
    m_askedSpanMs = m_changesMs = 0;
    applyScales();
    showCaptions();
    m_chart->refresh();
}

void NodeStrips::setDetail(const NodeDetail& detail) {
    m_gpus = detail.gpus;
    for (const GpuDetail& gpu : m_gpus) m_powerTop = std::max(m_powerTop, valueIn(gpu, Metric::powerLimit));
    // SM active says more than utilisation, but not every device has it.
    const bool noSm = std::all_of(m_gpus.begin(), m_gpus.end(), [](const GpuDetail& gpu) { return valueIn(gpu, Metric::smActive) == kNotSupported; });
    if (!m_metricChosen && noSm) m_metric = Metric::gpuUtil;
    applyScales();
    showCaptions();
    showMarks(detail);
}

void NodeStrips::setHistory(const std::vector<HistorySeries>& series) {
    m_history.takePast(series);
    for (const HistorySeries& one : series)
        if (one.metric == Metric::power && !one.max.empty()) m_powerTop = std::max(m_powerTop, *std::max_element(one.max.begin(), one.max.end()));
    setHistoryProblem({});
    applyScales();
    m_chart->refresh();
    showChanges();
}

void NodeStrips::setHistoryProblem(const QString& sentence) {
    m_problem->setVisible(!sentence.isEmpty());
    m_problem->setRuns({Run{.text = QStringLiteral("  History: %1").arg(sentence), .tone = Tone::secondary, .sign = Sign::unknown}});
}

void NodeStrips::setSnapshot(const store::SiteSnapshot& site, std::uint32_t node, std::int64_t siteWallMs, bool sampled) {
    const int count = std::min(site.gpuCount(node), m_history.gpus());
    for (int gpu = 0; gpu < count; ++gpu)
        for (std::size_t metric = 0; metric < items::kTracedMetrics.size(); ++metric) {
            const std::int64_t value = site.value(items::kTracedMetrics[metric], site.firstRow(node) + static_cast<std::uint32_t>(gpu));
            m_values[static_cast<std::size_t>(gpu) * items::kTracedMetrics.size() + metric] = value;
            if (items::kTracedMetrics[metric] == Metric::power) m_powerTop = std::max(m_powerTop, value);
        }
    m_stale = !sampled;
    if (sampled) m_history.takeLive(site, node, siteWallMs);
    if (sampled) m_band.take(site, siteWallMs);
    applyScales();
    showCaptions();
    setNow(siteWallMs);
    if (siteWallMs - m_changesMs < kChangesMs) return;
    m_changesMs = siteWallMs;
    showChanges();
}

void NodeStrips::setNow(std::int64_t siteWallMs) { m_chart->setNow(siteWallMs); }

controls::StripScale NodeStrips::scaleOf(Metric metric) const {
    controls::StripScale scale{metric, toQt(infoOf(metric).label), unitText(metric), 0, 100};
    if (metric == Metric::temperature || metric == Metric::memTemperature) scale.high = 110;
    if (metric == Metric::power) scale.high = static_cast<double>(roundUp(std::max<std::int64_t>(m_powerTop, 100), 20));
    if (metric == Metric::smClock) scale.high = 2'500;
    return scale;
}

void NodeStrips::applyScales() {
    const controls::StripScale upper = scaleOf(m_metric), lower = scaleOf(Metric::power);
    m_chart->setScales(upper, lower,
                       m_metric == Metric::temperature ? QVector<controls::StripScale>{}
                                                       : QVector<controls::StripScale>{scaleOf(Metric::temperature)});
    const auto words = [](const controls::StripScale& scale) {
        return QStringLiteral("%1 %2\u2013%3 %4").arg(scale.label).arg(scale.low).arg(scale.high).arg(scale.unit);
    };
    m_legend->setWords(words(upper), words(lower),
                       m_band.rows() >= items::NeighbourBand::kFewest ? QStringLiteral("neighbours p10\u2013p90") : QString());
    for (std::size_t i = 0; i < kChoices.size(); ++i)
        if (kChoices[i].metric == m_metric) m_metrics->setCurrent(static_cast<int>(i));
}

QString NodeStrips::missingReason(int gpu, Metric metric) const {
    if (gpu < std::ssize(m_gpus))
        for (const GpuDetail::Value& value : m_gpus[static_cast<std::size_t>(gpu)].metrics)
            if (value.metric == metric && value.value == kNotSupported)
                return value.missing.empty() || value.missing == "not supported" ? QStringLiteral("not supported")
                                                                                 : QStringLiteral("not supported: %1").arg(toQt(value.missing));
    return m_history.hasPast() ? QStringLiteral("no values in this window") : QStringLiteral("loading");
}

QString NodeStrips::valueWords(int gpu, Metric metric) const {
    const auto index = std::find(items::kTracedMetrics.begin(), items::kTracedMetrics.end(), metric) - items::kTracedMetrics.begin();
    const std::int64_t value = m_values[static_cast<std::size_t>(gpu) * items::kTracedMetrics.size() + static_cast<std::size_t>(index)];
    return value < 0 ? valueText(metric, value) : QStringLiteral("%1 %2").arg(valueText(metric, value), unitText(metric));
}

void NodeStrips::showCaptions() {
    QVector<controls::StripCaption> captions;
    const bool sm = m_metric != Metric::gpuUtil;
    for (int gpu = 0; gpu < m_history.gpus(); ++gpu) {
        controls::StripCaption caption{.title = QStringLiteral("GPU %1").arg(gpu), .stale = m_stale};
        caption.first = QStringLiteral("%1 %2 \u00b7 %3")
                            .arg(sm ? QStringLiteral("SM") : QStringLiteral("util"), valueWords(gpu, sm ? Metric::smActive : Metric::gpuUtil),
                                 valueWords(gpu, Metric::power));
        caption.second = valueWords(gpu, Metric::temperature);
        if (gpu < std::ssize(m_gpus)) {
            const GpuDetail& detail = m_gpus[static_cast<std::size_t>(gpu)];
            const std::int64_t health = valueIn(detail, Metric::health), up = valueIn(detail, Metric::nvlinksUp),
                               links = valueIn(detail, Metric::nvlinksTotal);
            if (health > static_cast<std::int64_t>(Health::unknown)) caption.sign = healthSign(static_cast<Health>(health));
            if (isClosedApart(detail.service)) {
                // In place of temperature and links, which "GPU values" has: beside the name there is no room for the longest of these words.
                caption.second = toQt(toString(detail.service));
                if (caption.sign == Sign::none) caption.sign = Sign::draining;
            } else if (links > 0) {
                caption.second += QStringLiteral(" \u00b7 NVL %1/%2").arg(up < 0 ? QStringLiteral("?") : QString::number(up)).arg(links);
            }
        }
        caption.upperMissing = missingReason(gpu, m_metric);
        caption.lowerMissing = missingReason(gpu, Metric::power);
        captions << caption;
    }
    m_chart->setCaptions(captions);
}

void NodeStrips::showMarks(const NodeDetail& detail) {
    QVector<controls::StripMark> marks;
    for (const FleetEvent& event : detail.events) {
        // The kernel's chatter is in the list of events; the lane is for what a person looks for.
        if (event.kind == EventKind::kernel && event.severity == 0) continue;
        controls::StripMark mark{
            .wallMs = event.wallMs, .strip = event.gpu, .sign = eventSign(event), .text = toQt(event.text), .critical = event.severity >= 3};
        if (mark.text.size() > 48) mark.text = mark.text.left(47) + QChar(0x2026);
        if (event.xid > 0) mark.stripText = QStringLiteral("XID %1").arg(event.xid);
        marks << mark;
    }
    m_chart->setMarks(marks);
}

void NodeStrips::chooseMetric(int index) {
    m_metric = kChoices[static_cast<std::size_t>(index)].metric;
    m_metricChosen = true;
    applyScales();
    showCaptions();
    m_chart->setFocus();
}

void NodeStrips::chooseSpan(int index) {
    controls::TimeWindow window = m_chart->window();
    window.setSpan(kSpans[static_cast<std::size_t>(index)]);
    window.pan(1'000); // back to now
    m_chart->setWindow(window);
    windowMoved();
    m_chart->setFocus();
}

void NodeStrips::windowMoved() {
    const controls::TimeWindow& window = m_chart->window();
    const auto same = std::find(kSpans.begin(), kSpans.end(), window.spanMs());
    m_spans->setCurrent(same == kSpans.end() || !window.follows() ? -1 : static_cast<int>(same - kSpans.begin()));
    // What is not within the last 15 minutes comes in steps that fit the window.
    const std::int64_t span = std::min(window.nowMs() - window.beginMs(), controls::TimeWindow::kLongestMs);
    if (span <= kSpans[kFifteenMinutes] || span <= m_askedSpanMs) return;
    m_askedSpanMs = span;
    Q_EMIT historyNeeded(span, std::max<std::int64_t>(span / kStepsWanted, items::NodeHistory::kCoarseFromMs));
}

void NodeStrips::showChanges() {
    const controls::TimeWindow& window = m_chart->window();
    auto [from, until] = m_chart->marked();
    const bool marked = from != until;
    // Without a mark: the newest third of what is shown, so that a change is seen unasked.
    if (!marked) from = window.endMs() - window.spanMs() / 3, until = window.endMs() + 1;
    const std::int64_t reach = std::max(window.beginMs(), from - kCompareMs);
    const QString title = marked ? QStringLiteral("Changed most in %1\u2013%2").arg(clockText(from), clockText(until))
                                 : QStringLiteral("Changed most in the newest %1").arg(durationText(until - 1 - from));
    m_changes->setChanges(title, QStringLiteral("against the %1 before").arg(durationText(from - reach)),
                          marked ? QStringLiteral("Esc unmarks") : QStringLiteral("drag over the strips for another stretch"),
                          changedMost(m_history, from, until, reach));
}

} // namespace busbar::views
