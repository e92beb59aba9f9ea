#include "widgets/views/frame/top_band.h"

#include "widgets/views/parts/text.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QTimeZone>

namespace busbar::views {

namespace {

constexpr int kBandHeight = 48;
constexpr int kWideEnough = 1600;
constexpr int kShownStale = 2;

QWidget* stacked(Line* first, Line* second) {
    auto* box = new QWidget;
    auto* column = columnLayout(box, 1);
    column->addStretch(1);
    column->addWidget(first);
    column->addWidget(second);
    column->addStretch(1);
    return box;
}

Run countRun(Sign sign, const FrameFacts& facts, int priority) {
    // Without a site that answers, nobody knows: never a calming 0.
    Run run{.text = facts.usableSites == 0 ? QStringLiteral("?") : countText(facts.priority[priority]), .bold = true, .px = 15, .sign = sign, .link = QString::number(priority), .gap = 12};
    return run;
}

} // namespace

TopBand::TopBand(QWidget* parent)
    : Surface(Tone::panel, Qt::BottomEdge, parent), m_crumbLine(new Line), m_queryBox(new Surface(Tone::panel)), m_clock(new Line), m_local(new Line), m_age(new Line), m_stale(new Line),
      m_counts(new Line), m_running(new Line), m_waiting(new Line), m_user(new Line) {
    setFixedHeight(kBandHeight);
    setLineTone(Tone::faintLine);
    auto* row = rowLayout(this, 0);
    row->setContentsMargins(0, 0, 0, 1); // the line below stays free
    addBox(m_crumbLine)->setMinimumWidth(170);
    row->addWidget(m_queryBox, 1);
    rowLayout(m_queryBox)->setContentsMargins(12, 9, 12, 9);
    m_clock->setAlignment(Qt::AlignRight);
    m_local->setAlignment(Qt::AlignRight);
    addBox(stacked(m_clock, m_local));
    addBox(stacked(m_age, m_stale));
    addBox(m_counts);
    addBox(stacked(m_running, m_waiting));
    addBox(m_user);
    m_age->setObjectName(QStringLiteral("dataAge"));
    m_stale->setObjectName(QStringLiteral("staleSites"));
    m_counts->setObjectName(QStringLiteral("priorityCounts"));
    connect(m_crumbLine, &Line::linkActivated, this, [this](const QString& target) { Q_EMIT crumbActivated(target.toInt()); });
    connect(m_counts, &Line::linkActivated, this, [this](const QString& target) { Q_EMIT priorityActivated(target.toInt()); });
    connect(m_running, &Line::linkActivated, this, &TopBand::actionsActivated);
    setUser({});
    setFacts({});
}

QWidget* TopBand::addBox(QWidget* content, int stretch) {
    auto* box = new Surface(Tone::panel, Qt::RightEdge, this);
    box->setLineTone(Tone::faintLine);
    auto* row = rowLayout(box);
    row->setContentsMargins(12, 0, 12, 1);
    row->addWidget(content);
    static_cast<QHBoxLayout*>(layout())->addWidget(box, stretch);
    return box;
}

void TopBand::setBreadcrumb(const QStringList& crumbs) {
    m_crumbs = crumbs;
    showCrumbs();
}

void TopBand::showCrumbs() {
    Runs runs;
    const bool narrow = window()->width() < kWideEnough;
    for (qsizetype i = 0; i < m_crumbs.size(); ++i) {
        const bool last = i + 1 == m_crumbs.size();
        if (narrow && i > 0 && !last && m_crumbs.size() > 3) {
            if (i == 1) runs << plain(QStringLiteral("\u2026"), Tone::muted, kBasePx) << plain(QStringLiteral("\u203a"), Tone::muted, kBasePx);
            continue;
        }
        Run crumb = last ? strong(m_crumbs[i], kBasePx) : linkRun(m_crumbs[i], QString::number(i));
        crumb.px = kBasePx;
        runs << crumb;
        if (!last) runs << plain(QStringLiteral("\u203a"), Tone::muted, kBasePx);
    }
    m_crumbLine->setRuns(runs);
}

void TopBand::resizeEvent(QResizeEvent* event) {
    Surface::resizeEvent(event);
    showCrumbs();
}

void TopBand::setQueryWidget(QWidget* query) { m_queryBox->layout()->addWidget(query); }

void TopBand::setUser(const QString& user) { m_user->setRuns({plain(user.isEmpty() ? QStringLiteral("not signed in") : user, Tone::secondary)}); }

void TopBand::setFacts(const FrameFacts& facts) {
    const auto local = QDateTime::fromMSecsSinceEpoch(facts.nowWallMs);
    Run time = strong(clockText(facts.nowWallMs), 15);
    time.gap = 5;
    m_clock->setRuns({time, plain(QStringLiteral("UTC"), Tone::secondary)});
    m_local->setRuns({plain(local.toString(QStringLiteral("HH:mm ")) + local.timeZoneAbbreviation(), Tone::muted, kCaptionPx)});
    showAge(facts);
    Runs counts{countRun(Sign::p1, facts, 1), countRun(Sign::p2, facts, 2), countRun(Sign::p3, facts, 3)};
    if (counts != m_counts->runs()) m_counts->setRuns(counts);
    showActions(facts);
}

void TopBand::showActions(const FrameFacts& facts) {
    const bool unknown = facts.usableSites == 0 && facts.actionsRunning == 0;
    Run running = strong(unknown ? QStringLiteral("? actions running") : QStringLiteral("%1 running").arg(countOf(facts.actionsRunning, QStringLiteral("action"))));
    running.link = QStringLiteral("actions");
    m_running->setRuns({running});
    const QString waiting = unknown ? QStringLiteral("no site answers") : facts.actionsWaiting == 0 ? QStringLiteral("none waits for a person") : QStringLiteral("%1 waiting for a person").arg(facts.actionsWaiting);
    m_waiting->setRuns({plain(waiting, Tone::muted, kCaptionPx)});
}

void TopBand::showAge(const FrameFacts& facts) {
    const QString age = facts.worstLiveAgeMs < 0 ? QStringLiteral("none yet") : durationText(facts.worstLiveAgeMs);
    Run word = plain(QStringLiteral("data")), value = strong(age);
    word.gap = value.gap = 4;
    m_age->setRuns({word, value, plain(QStringLiteral("\u00b7 %1/%2").arg(facts.usableSites).arg(facts.sites.size()))});
    Runs stale;
    int more = 0;
    for (const SiteFact& site : facts.sites) {
        if (site.usable()) continue;
        if (stale.size() >= kShownStale) {
            ++more;
            continue;
        }
        const QString since = site.ageMs < 0 ? QString() : QStringLiteral(" ") + durationText(site.ageMs);
        Run run = chip(site.name + QLatin1Char(' ') + stateWord(site.state) + since, Sign::unknown);
        run.px = kCaptionPx;
        run.gap = 4;
        stale << run;
    }
    if (more > 0) stale << plain(QStringLiteral("+%1").arg(more), Tone::text, kCaptionPx);
    if (stale.isEmpty()) stale << plain(facts.sites.empty() ? QStringLiteral("no site") : QStringLiteral("all sites answer"), Tone::muted, kCaptionPx);
    m_stale->setRuns(stale);
}

} // namespace busbar::views
