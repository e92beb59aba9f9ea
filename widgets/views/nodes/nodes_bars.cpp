#include "widgets/views/nodes/nodes_bars.h"

#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QPainter>

namespace busbar::views {

namespace {

constexpr int kCountHeight = 34;
constexpr int kBannerHeight = 28;
constexpr int kButtonHeight = 24;
constexpr int kAccent = 3;

class KeyCap : public QWidget {
public:
    explicit KeyCap(const QString& key, QWidget* parent) : QWidget(parent), m_key(key) { setFixedSize(keyCapWidth(key), 16); }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        paintKeyCap(painter, rect(), m_key);
    }

private:
    const QString m_key;
};

QHBoxLayout* barRow(Surface& bar, int height) {
    bar.setFixedHeight(height);
    auto* row = rowLayout(&bar);
    row->setContentsMargins(12, 0, 12, 1);
    return row;
}

QString changeText(const items::OrderChange& change) {
    QStringList words;
    if (change.moved > 0) words << QStringLiteral("%1 would move").arg(countOf(change.moved, QStringLiteral("row")));
    if (change.left > 0) words << (words.isEmpty() ? QStringLiteral("%1 would leave").arg(countOf(change.left, QStringLiteral("row"))) : QStringLiteral("%1 would leave").arg(countText(change.left)));
    if (change.joined > 0) words << (words.isEmpty() ? QStringLiteral("%1 would join").arg(countOf(change.joined, QStringLiteral("row"))) : QStringLiteral("%1 would join").arg(countText(change.joined)));
    return words.join(QStringLiteral(", "));
}

} // namespace

CountBar::CountBar(QWidget* parent)
    : Surface(Tone::panel, Qt::BottomEdge, parent), m_counts(new Line(this)), m_notes(new Line(this)), m_columns(new Button(QStringLiteral("Columns\u2026"), {}, this)), m_copy(new Button(QStringLiteral("Copy query"), {}, this)),
      m_export(new Button(QStringLiteral("Export\u2026"), {}, this)) {
    auto* row = barRow(*this, kCountHeight);
    row->setSpacing(4);
    m_counts->setObjectName(QStringLiteral("nodeCounts"));
    m_notes->setAlignment(Qt::AlignRight);
    row->addWidget(m_counts);
    row->addWidget(m_notes, 1);
    row->addSpacing(8);
    for (Button* button : {m_columns, m_copy, m_export}) {
        button->setButtonHeight(kButtonHeight);
        row->addWidget(button);
    }
    connect(m_copy, &QPushButton::clicked, this, &CountBar::copyQueryWanted);
    connect(m_notes, &Line::linkActivated, this, &CountBar::unknownWanted);
}

void CountBar::show(const items::NodeTableModel& model, const store::FleetSnapshot& fleet, bool searching) {
    const items::NodeAnswerPtr& answer = model.answer();
    Runs counts, notes;
    if (answer && answer->order) {
        const auto rows = static_cast<std::int64_t>(answer->order->nodes.size()), total = static_cast<std::int64_t>(answer->total);
        counts << strong(rows == total ? countOf(total, QStringLiteral("node")) : QStringLiteral("%1 of %2").arg(countText(rows), countOf(total, QStringLiteral("node"))), kBasePx);
        if (model.summary()) counts << plain(countOf(static_cast<std::int64_t>(model.summary()->gpus), QStringLiteral("GPU")), Tone::secondary, kBasePx);
    }
    if (searching) counts << plain(QStringLiteral("searching\u2026"), Tone::muted);
    for (const store::SitePtr& site : fleet.sites)
        if (site->state() == store::SiteState::refused) notes << chip(QStringLiteral("%1 refused this console: its nodes are missing").arg(toQt(site->site())), Sign::lock);
    if (answer && answer->unknown > 0) {
        Run left = chip(QStringLiteral("%1 unknown left out (stale or not read), show stale").arg(countText(static_cast<std::int64_t>(answer->unknown))), Sign::unknown);
        left.link = QStringLiteral("unknown");
        notes << left;
    }
    m_counts->setRuns(counts);
    m_notes->setRuns(notes);
    m_export->setEnabled(model.rowCount() > 0);
    m_export->setToolTip(model.rowCount() > 0 ? QStringLiteral("Writes the rows shown to a CSV file") : QStringLiteral("There are no rows to export"));
}

OrderBanner::OrderBanner(QWidget* parent) : Surface(Tone::hover, Qt::BottomEdge, parent), m_what(new Line(this)), m_change(new Line(this)) {
    setAccent(Qt::LeftEdge, kAccent, Tone::link);
    auto* row = barRow(*this, kBannerHeight);
    m_change->setAlignment(Qt::AlignRight);
    row->addWidget(m_what);
    row->addWidget(m_change, 1);
    row->addWidget(new KeyCap(QStringLiteral("R"), this));
    auto* apply = new Line(this, {linkRun(QStringLiteral("apply new order"), QStringLiteral("apply"))});
    row->addWidget(apply);
    connect(apply, &Line::linkActivated, this, &OrderBanner::applyWanted);
    hide();
}

void OrderBanner::show(const items::NodeTableModel& model, const QString& orderWords, const QString& why) {
    const items::OrderChange& change = model.pending();
    setVisible(change.any());
    if (!change.any()) return;
    Run head = strong(QStringLiteral("Order frozen"), kBasePx);
    head.sign = Sign::lock;
    m_what->setRuns({head, plain(QStringLiteral("%1, as of %2").arg(orderWords, clockText(model.orderAsOfWallMs())), Tone::muted)});
    m_change->setRuns({strong(changeText(change), kBasePx), plain(QStringLiteral("%1. Values keep updating.").arg(why), Tone::secondary, kBasePx)});
}

NoticeBar::NoticeBar(QWidget* parent) : Surface(Tone::hover, Qt::BottomEdge, parent), m_line(new Line(this)), m_link(new Line(this)) {
    setAccent(Qt::LeftEdge, kAccent, Tone::p3);
    auto* row = barRow(*this, kBannerHeight);
    row->addWidget(m_line, 1);
    row->addWidget(m_link);
    connect(m_link, &Line::linkActivated, this, [this](const QString& link) {
        hide();
        Q_EMIT linkActivated(link);
    });
    hide();
}

void NoticeBar::show(const QString& sentence, Sign sign, const QString& link) {
    Run words = plain(sentence, Tone::text, kBasePx);
    words.sign = sign;
    m_line->setRuns({words});
    m_link->setRuns({linkRun(link, link)});
    setVisible(true);
}

} // namespace busbar::views
