#include "widgets/views/node/node_dock.h"

#include "widgets/views/node/host_page.h"
#include "widgets/views/node/node_rows.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/segments.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kRow = 20, kEventRow = 22, kMostGpus = 16, kGap = 8;

} // namespace

NodeDock::NodeDock(QWidget* parent)
    : QWidget(parent),
      m_pages(new Segments(
          QStringLiteral("page"),
          {QStringLiteral("Now"), QStringLiteral("GPU values"), QStringLiteral("Host"), QStringLiteral("Events"), QStringLiteral("Facts")}, this)),
      m_stack(new QStackedWidget(this)),
      m_now(new NowPage),
      m_host(new HostPage),
      m_age(new Line(this)),
      m_metricModel(new ListCellModel(metricColumns({}), this)),
      m_gpuModel(new ListCellModel(gpuColumns(), this)),
      m_eventModel(new ListCellModel(eventColumns(), this)),
      m_factModel(new ListCellModel(factColumns(), this)),
      m_metrics(makeTable(m_metricModel, kRow, QStringLiteral("GPU values"))),
      m_gpus(makeTable(m_gpuModel, kRow, QStringLiteral("GPUs"))),
      m_events(makeTable(m_eventModel, kEventRow, QStringLiteral("events"))),
      m_facts(makeTable(m_factModel, kEventRow, QStringLiteral("fact history"))),
      m_missing(new Paragraph({}, Tone::secondary, kCaptionPx)) {
    auto* column = columnLayout(this, kGap);
    auto* head = rowLayout();
    head->addWidget(m_pages);
    head->addWidget(m_age, 1);
    m_age->setAlignment(Qt::AlignRight);
    column->addLayout(head);
    m_stack->addWidget(m_now);
    m_stack->addWidget(buildValues());
    m_stack->addWidget(m_host);
    m_stack->addWidget(makePanel(QStringLiteral("Events"), m_events, &m_eventHead));
    m_stack->addWidget(makePanel(QStringLiteral("Facts"), m_facts, &m_factHead));
    column->addWidget(m_stack, 1);
    connect(m_pages, &Segments::chosen, m_stack, &QStackedWidget::setCurrentIndex);
    m_pages->setCurrent(now);
}

QWidget* NodeDock::buildValues() {
    auto* page = new QWidget;
    auto* column = columnLayout(page, kGap);
    m_metrics->setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    auto* body = new QWidget;
    auto* inner = columnLayout(body);
    inner->addWidget(m_metrics, 1);
    m_missing->setContentsMargins(10, 6, 10, 6);
    m_missing->setObjectName(QStringLiteral("missing"));
    inner->addWidget(m_missing);
    column->addWidget(makePanel(QStringLiteral("GPU values"), body, &m_metricHead), 1);
    column->addWidget(makePanel(QStringLiteral("GPUs"), m_gpus));
    return page;
}

void NodeDock::showValues(const NodeDetail& detail, std::int64_t nowMs) {
    m_metricModel->setTable(metricColumns(detail), metricRows(detail, nowMs));
    m_gpuModel->setRows(gpuRows(detail));
    fitTable(*m_gpus, kRow, kMostGpus);
    setCaption(*m_metricHead, QStringLiteral("GPU values"),
               QStringLiteral("%1 \u00b7 n/s = not supported, ? = not read").arg(toQt(detail.inventory.driver)));
    const QStringList missing = missingSentences(detail);
    m_missing->setVisible(!missing.isEmpty());
    m_missing->setText(missing.join(QLatin1Char('\n')));
}

void NodeDock::setDetail(const NodeDetail& detail, std::int64_t nowMs) {
    m_now->setDetail(detail, nowMs);
    m_host->setDetail(detail);
    showValues(detail, nowMs);
    m_eventModel->setRows(eventRows(detail, nowMs));
    m_factModel->setRows(factRows(detail, nowMs));
    m_pages->setWord(events, detail.events.empty() ? QStringLiteral("Events") : QStringLiteral("Events %1").arg(detail.events.size()));
    m_pages->setWord(facts, detail.history.empty() ? QStringLiteral("Facts") : QStringLiteral("Facts %1").arg(detail.history.size()));
    setCaption(*m_eventHead, QStringLiteral("Events"), detail.events.empty() ? QStringLiteral("none recorded") : QStringLiteral("newest first"));
    setCaption(*m_factHead, QStringLiteral("Facts"),
               detail.history.empty() ? QStringLiteral("no change recorded") : QStringLiteral("what changed, when, why and by whom; newest first"));
    m_age->setRuns({plain(QStringLiteral("as of %1 UTC, %2 ago").arg(clockText(detail.asOfWallMs), ageText(detail.asOfWallMs, nowMs)), Tone::muted,
                          kCaptionPx)});
}

void NodeDock::setStale(bool node, bool site) {
    m_now->setStale(node, site);
    m_host->setStale(node);
    for (CellTable* table : {m_metrics, m_gpus, m_events, m_facts}) table->setHatched(node);
}

void NodeDock::setGpuless(bool gpuless) {
    m_pages->setWordVisible(values, !gpuless);
    m_pages->setWordVisible(host, !gpuless);
    if (gpuless && (m_stack->currentIndex() == values || m_stack->currentIndex() == host)) showPage(now);
}

void NodeDock::showPage(Page page) {
    m_pages->setCurrent(page);
    m_stack->setCurrentIndex(page);
}

} // namespace busbar::views
