#include "widgets/views/node/now_page.h"

#include "widgets/views/node/fact_grid.h"
#include "widgets/views/node/node_rows.h"
#include "widgets/views/node/node_words.h"
#include "widgets/views/parts/text.h"

#include <QVBoxLayout>

#include <algorithm>

namespace busbar::views {

namespace {

constexpr int kProcessRow = 20, kFindingRow = 40, kNeighbourRow = 21, kMostRows = 12, kGap = 8;

Paragraph* makeSentences() {
    auto* paragraph = new Paragraph({}, Tone::text, kDensePx);
    paragraph->setContentsMargins(10, 6, 10, 6);
    return paragraph;
}

QString leaseEnd(const LeaseInfo& lease, std::int64_t nowMs) {
    if (lease.untilWallMs == 0) return QStringLiteral("open-ended");
    const std::int64_t left = lease.untilWallMs - nowMs;
    return left > 0 ? QStringLiteral("%1, in %2").arg(dayText(lease.untilWallMs), durationText(left))
                    : QStringLiteral("%1, %2 ago").arg(dayText(lease.untilWallMs), durationText(-left));
}

/// Users of the processes, at most two by name.
QString usersText(const NodeDetail& detail) {
    QStringList users;
    for (const Process& process : detail.processes)
        if (const QString user = process.user.empty() ? QStringLiteral("?") : toQt(process.user); !users.contains(user)) users << user;
    if (users.size() > 2) return countOf(users.size(), QStringLiteral("user"));
    return users.isEmpty() ? QString() : QStringLiteral("user %1").arg(users.join(QStringLiteral(", ")));
}

} // namespace

NowPage::NowPage(QWidget* parent)
    : QWidget(parent),
      m_lease(new FactGrid(84)),
      m_why(makeSentences()),
      m_source(makeSentences()),
      m_processModel(new ListCellModel(processColumns(), this)),
      m_findingModel(new ListCellModel(findingColumns(), this)),
      m_neighbourModel(new ListCellModel(neighbourColumns(), this)),
      m_processes(makeTable(m_processModel, kProcessRow, QStringLiteral("processes"))),
      m_findings(makeTable(m_findingModel, kFindingRow, QStringLiteral("findings"))),
      m_neighbours(makeTable(m_neighbourModel, kNeighbourRow, QStringLiteral("neighbours"))) {
    m_findings->horizontalHeader()->hide();
    m_why->setObjectName(QStringLiteral("reasons"));
    m_source->setObjectName(QStringLiteral("provenance"));
    auto* inner = new QWidget;
    auto* column = columnLayout(inner, kGap);
    column->addWidget(m_whyPanel = makePanel(QStringLiteral("Why"), m_why));
    column->addWidget(m_leasePanel = makePanel(QStringLiteral("Lease"), m_lease, &m_leaseHead));
    column->addWidget(makePanel(QStringLiteral("Processes"), m_processes, &m_processHead));
    column->addWidget(makePanel(QStringLiteral("Findings"), m_findings, &m_findingHead));
    column->addWidget(m_neighbourPanel = makePanel(QStringLiteral("Neighbours"), m_neighbours, &m_neighbourHead));
    column->addWidget(m_sourcePanel = makePanel(QStringLiteral("Where these values come from"), m_source, &m_sourceHead));
    column->addStretch(1);
    columnLayout(this)->addWidget(makeScrolled(inner));
    m_whyPanel->hide();
    m_leasePanel->hide();
    m_sourcePanel->hide();
}

void NowPage::setDetail(const NodeDetail& detail, std::int64_t nowMs) {
    const QStringList reasons = ownReasons(detail);
    m_whyPanel->setVisible(!reasons.isEmpty());
    m_why->setText(reasons.join(QLatin1Char('\n')));

    m_processModel->setRows(processRows(detail, nowMs));
    m_processes->setVisible(!detail.processes.empty());
    fitTable(*m_processes, kProcessRow, kMostRows);
    const QString age = detail.processesWallMs > 0 ? QStringLiteral("read %1 ago").arg(ageText(detail.processesWallMs, nowMs)) : QString();
    QStringList caption{detail.processes.empty() ? detail.gpus.empty() ? QStringLiteral("no GPU to hold") : QStringLiteral("none holds a GPU")
                                                 : countText(std::ssize(detail.processes)),
                        usersText(detail), age};
    caption.removeAll(QString());
    setCaption(*m_processHead, QStringLiteral("Processes"), caption.join(QStringLiteral(" \u00b7 ")));

    const auto findings = findingRows(detail, nowMs);
    m_findingModel->setRows(findings);
    m_findings->setVisible(!findings.isEmpty());
    fitTable(*m_findings, kFindingRow, kMostRows);
    setCaption(*m_findingHead, QStringLiteral("Findings"),
               findings.isEmpty() ? QStringLiteral("none open") : QStringLiteral("%1 open").arg(findings.size()));

    QStringList origin;
    for (const std::string& sentence : detail.inventory.provenance) origin << toQt(sentence);
    if (origin.isEmpty() && detail.source == Source::simulated)
        origin << QStringLiteral("This node is simulated: its values come from a model, not from hardware.");
    if (origin.isEmpty() && detail.source == Source::replayed)
        origin << QStringLiteral("This node is replayed from recorded data; its agent does not say which part is recorded.");
    m_sourcePanel->setVisible(!origin.isEmpty());
    setCaption(*m_sourceHead, QStringLiteral("Where these values come from"), sourceWord(detail.source));
    m_source->setText(origin.join(QLatin1Char('\n')));
}

void NowPage::setLeases(const std::vector<NodeLease>& leases, std::int64_t nowMs) {
    m_leasePanel->setVisible(!leases.empty());
    if (leases.empty()) return;
    QVector<FactPair> pairs;
    for (const NodeLease& lease : leases) {
        if (leases.size() > 1)
            pairs << FactPair{QStringLiteral("lease"), toQt(lease.info.id), {}} << FactPair{QStringLiteral("tenant"), toQt(lease.info.tenant), {}};
        pairs
            << FactPair{QStringLiteral("active since"), dayText(lease.info.fromWallMs), {}}
            << FactPair{QStringLiteral("until"), leaseEnd(lease.info, nowMs), {}}
            << FactPair{QStringLiteral("size"),
                        QStringLiteral("%1 \u00b7 %2").arg(countOf(lease.gpus, QStringLiteral("GPU")), countOf(lease.nodes, QStringLiteral("node"))),
                        QStringLiteral("GPUs of this site that the lease holds now")}
            << FactPair{QStringLiteral("here"), countOf(lease.here, QStringLiteral("GPU")), {}};
    }
    m_lease->setPairs(pairs);
    if (leases.size() == 1) {
        Run sign = signRun(Sign::leased, 14);
        m_leaseHead->setRuns(
            {strong(QStringLiteral("Lease %1").arg(toQt(leases[0].info.id)), kBasePx), plain(toQt(leases[0].info.tenant), Tone::muted), sign});
    } else {
        setCaption(*m_leaseHead, QStringLiteral("Leases"), countText(std::ssize(leases)));
    }
}

void NowPage::setNeighbours(const Neighbours& neighbours) {
    m_neighbourModel->setRows(neighbourRows(neighbours));
    m_neighbourPanel->setVisible(!neighbours.domains.empty());
    fitTable(*m_neighbours, kNeighbourRow, kMostRows);
    setCaption(*m_neighbourHead, QStringLiteral("Neighbours"),
               neighbours.sick == 0 ? QStringLiteral("no node of the %1 known ones is sick").arg(countText(neighbours.known))
                                    : QStringLiteral("sick now: %1 of %2 known nodes").arg(countText(neighbours.sick), countText(neighbours.known)));
}

void NowPage::setStale(bool node, bool site) {
    m_lease->setStale(site);
    m_neighbours->setHatched(site);
    for (CellTable* table : {m_processes, m_findings}) table->setHatched(node);
}

} // namespace busbar::views
