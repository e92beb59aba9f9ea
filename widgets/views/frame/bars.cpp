#include "widgets/views/frame/bars.h"

#include "widgets/views/parts/text.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QTimer>

namespace busbar::views {

namespace {

constexpr int kChipRowHeight = 30;
constexpr int kStaleBarHeight = 26;
constexpr int kStatusHeight = 24;
constexpr int kSayMs = 8'000;

QString shareText(std::uint32_t part, std::uint32_t whole) {
    return part == whole ? QStringLiteral("all %1").arg(countOf(whole, QStringLiteral("node"))) : QStringLiteral("%1 of %2").arg(countText(part), countOf(whole, QStringLiteral("node")));
}

} // namespace

ChipRow::ChipRow(QWidget* parent) : Surface(Tone::panel, Qt::BottomEdge, parent), m_left(new Line(this)), m_sources(new Line(this)), m_right(new Line(this)) {
    setFixedHeight(kChipRowHeight);
    auto* row = rowLayout(this, 12);
    row->setContentsMargins(12, 0, 12, 1);
    row->addWidget(m_left);
    row->addWidget(m_sources);
    row->addStretch(1);
    row->addWidget(m_right);
    m_sources->setObjectName(QStringLiteral("sources"));
    connect(m_left, &Line::linkActivated, this, [this](const QString& target) { Q_EMIT chipRemoved(target.toInt()); });
    connect(m_right, &Line::linkActivated, this, [this] { Q_EMIT criticalActivated(m_criticalNode); });
    setChips({}, QStringLiteral("whole fleet"));
    setNewestCritical(nullptr, 0);
}

void ChipRow::setChips(const QStringList& chips, const QString& scope) {
    Runs runs;
    for (qsizetype i = 0; i < chips.size(); ++i) {
        Run run = chip(chips[i] + QStringLiteral("  \u2715"));
        run.link = QString::number(i);
        run.gap = 6;
        runs << run;
    }
    if (runs.isEmpty()) runs << plain(QStringLiteral("no filter \u2014 %1").arg(scope), Tone::muted);
    m_left->setRuns(runs);
}

void ChipRow::setCaption(const QString& caption, const QStringList& keys) {
    Runs runs{chip(caption)};
    for (const QString& key : keys) {
        Run run = chip(key);
        run.mono = true;
        run.px = kCaptionPx;
        run.gap = 4;
        runs << run;
    }
    m_left->setRuns(runs);
}

void ChipRow::setSources(const FrameFacts& facts) {
    Runs runs;
    if (facts.replayed > 0) runs << chip(QStringLiteral("REPLAYED %1").arg(shareText(facts.replayed, facts.nodes)));
    if (facts.simulated > 0) runs << chip(QStringLiteral("SIMULATED %1").arg(shareText(facts.simulated, facts.nodes)));
    m_sources->setRuns(runs);
    m_sources->setVisible(!runs.isEmpty());
}

void ChipRow::setNewestCritical(const FleetEvent* event, std::int64_t nowWallMs) {
    if (event == nullptr) {
        m_criticalNode.clear();
        m_right->setRuns({plain(QStringLiteral("no critical event"), Tone::muted)});
        return;
    }
    m_criticalNode = toQt(event->nodeId);
    Run time = strong(clockText(event->wallMs));
    time.sign = Sign::p1;
    Runs runs{time, chip(QStringLiteral("%1 ago").arg(durationText(nowWallMs - event->wallMs)))};
    if (!m_criticalNode.isEmpty()) { // else it is of the whole site
        Run node = strong(m_criticalNode, kDensePx, Tone::link);
        node.link = m_criticalNode;
        runs << node;
    }
    m_right->setRuns(runs << plain(toQt(event->text))); // last, so that only it is cut where there is no room
}

StaleBar::StaleBar(QWidget* parent) : Surface(Tone::text, {}, parent), m_label(new QLabel(this)) {
    setFixedHeight(kStaleBarHeight);
    setObjectName(QStringLiteral("staleBar"));
    m_label->setTextFormat(Qt::PlainText);
    m_label->setFont(face(kDensePx, true));
    auto* row = rowLayout(this);
    row->setContentsMargins(12, 0, 12, 0);
    row->addWidget(m_label, 1);
    applyTones();
    hide();
}

void StaleBar::setSentence(const QString& sentence) {
    m_label->setText(sentence);
    m_label->setToolTip(sentence);
    setAccessibleName(sentence);
    setVisible(!sentence.isEmpty());
}

QString StaleBar::sentence() const { return m_label->text(); }

void StaleBar::applyTones() {
    QPalette colours = m_label->palette();
    if (colours.color(QPalette::WindowText) == tone(Tone::window)) return;
    colours.setColor(QPalette::WindowText, tone(Tone::window));
    m_label->setPalette(colours);
}

void StaleBar::changeEvent(QEvent* event) {
    Surface::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) applyTones();
}

StatusLine::StatusLine(QWidget* parent) : Surface(Tone::panel, Qt::TopEdge, parent), m_left(new Line(this)), m_right(new Line(this)), m_timer(new QTimer(this)) {
    setFixedHeight(kStatusHeight);
    auto* row = rowLayout(this, 16);
    row->setContentsMargins(12, 1, 12, 0);
    row->addWidget(m_left, 1);
    row->addWidget(m_right);
    m_left->setObjectName(QStringLiteral("statusText"));
    m_timer->setSingleShot(true);
    connect(m_timer, &QTimer::timeout, this, [this] {
        m_said.clear();
        show();
    });
}

void StatusLine::setSelection(const QString& text) {
    m_selection = text;
    show();
}

void StatusLine::setViewText(const QString& text) {
    m_view = text;
    show();
}

void StatusLine::setHint(const QString& text) {
    m_hint = text;
    show();
}

void StatusLine::say(const QString& sentence) {
    m_said = sentence;
    m_timer->start(kSayMs);
    show();
}

void StatusLine::show() {
    Runs runs;
    if (!m_selection.isEmpty()) runs << Run{.text = m_selection, .tone = Tone::text, .gap = 16};
    if (!m_view.isEmpty()) runs << Run{.text = m_view, .tone = Tone::text, .gap = 16};
    if (!m_said.isEmpty()) runs << strong(m_said);
    else if (!m_hint.isEmpty()) runs << plain(m_hint, Tone::secondary);
    m_left->setRuns(runs);
}

void StatusLine::setFacts(const FrameFacts& facts) {
    const bool unknown = facts.nodes == 0 && facts.usableSites == 0;
    const QString nodes = unknown ? QStringLiteral("? nodes") : countOf(facts.nodes, QStringLiteral("node"));
    Runs runs{plain(facts.sites.empty() ? QStringLiteral("no site") : QStringLiteral("%1 at %2").arg(nodes, countOf(std::ssize(facts.sites), QStringLiteral("site"))), Tone::secondary)};
    if (facts.revision > 0) runs << plain(QStringLiteral("epoch %1 \u00b7 rev %2").arg(facts.epoch).arg(countText(static_cast<std::int64_t>(facts.revision))), Tone::secondary);
    m_right->setRuns(runs);
}

} // namespace busbar::views
