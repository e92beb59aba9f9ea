#include "widgets/views/overview/sites_panel.h"

#include "widgets/controls/capacity_bar.h"
#include "widgets/views/overview/overview_words.h"
#include "widgets/views/parts/text.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

namespace busbar::views {

namespace {

using items::SiteModel;
using store::CapacityPart;

constexpr int kSwatchWidth = 18, kSwatchHeight = 11, kSwatchGap = 5, kLegendGap = 14;
constexpr int kPanelHead = 30, kFleetRow = 40;

std::vector<std::pair<QString, CapacityPart>> legendEntries(bool scrubbing) {
    std::vector<std::pair<QString, CapacityPart>> entries;
    for (std::size_t i = 0; i < store::kCapacityParts; ++i) {
        const auto part = static_cast<CapacityPart>(i);
        if (part != CapacityPart::scrubbing || scrubbing) entries.emplace_back(toQt(store::toString(part)), part);
    }
    entries.emplace_back(QStringLiteral("last known"), CapacityPart::count_);
    return entries;
}

} // namespace

CapacityLegend::CapacityLegend(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred); }

void CapacityLegend::setScrubbingShown(bool shown) {
    if (m_scrubbing == shown) return;
    m_scrubbing = shown;
    updateGeometry();
    update();
}

QSize CapacityLegend::sizeHint() const {
    const QFontMetrics metrics(face(kDensePx));
    int width = -kLegendGap;
    for (const auto& [words, part] : legendEntries(m_scrubbing)) width += kSwatchWidth + kSwatchGap + metrics.horizontalAdvance(words) + kLegendGap;
    return {width, 20};
}

void CapacityLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setFont(face(kDensePx));
    // Only whole entries: what does not fit is left out from the right.
    int x = 0;
    for (const auto& [words, part] : legendEntries(m_scrubbing)) {
        const int text = painter.fontMetrics().horizontalAdvance(words);
        if (x + kSwatchWidth + kSwatchGap + text > width()) return;
        const QRectF box(x, (height() - kSwatchHeight) / 2, kSwatchWidth, kSwatchHeight);
        part == CapacityPart::count_ ? controls::paintPastSwatch(painter, box) : controls::paintCapacitySwatch(painter, box, part);
        x += kSwatchWidth + kSwatchGap;
        painter.setPen(tone(Tone::secondary));
        painter.drawText(QRect(x, 0, text + 2, height()), Qt::AlignLeft | Qt::AlignVCenter, words);
        x += text + kLegendGap;
    }
}

FleetRow::FleetRow(const SiteModel& model, const QHeaderView& columns, QWidget* parent) : QWidget(parent), m_model(model), m_columns(columns) {
    setFixedHeight(kFleetRow);
    setMouseTracking(true);
    connect(&model, &SiteModel::totalChanged, this, &FleetRow::refresh);
    refresh();
}

void FleetRow::refresh() {
    setFocusPolicy(m_model.total().unknownGpus > 0 ? Qt::TabFocus : Qt::NoFocus);
    setAccessibleName(words());
    update();
}

QString FleetRow::words() const {
    const items::FleetTotal& total = m_model.total();
    QString text = QStringLiteral("fleet, %1, %2 installed, %3 healthy, %4 in use, %5 free").arg(liveSitesText(total), countText(total.rollup.installed), countText(total.rollup.healthy), countText(total.rollup.inUse), countText(total.rollup.free));
    if (total.unknownGpus > 0) text += QStringLiteral("; %1").arg(leftOutText(m_model));
    return text;
}

QRect FleetRow::columnArea(int column) const {
    if (m_columns.isSectionHidden(column)) return {};
    return {m_columns.sectionViewportPosition(column), 2, m_columns.sectionSize(column), height() - 2};
}

void FleetRow::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), tone(Tone::panel));
    painter.fillRect(0, 0, width(), 2, tone(Tone::line));
    const items::FleetTotal& total = m_model.total();
    const QRect site = columnArea(SiteModel::kSite).adjusted(kSiteTextLeft, 0, 0, 0);
    painter.setFont(face(14, true));
    painter.setPen(tone(Tone::text));
    painter.drawText(QRect(site.left(), site.top(), site.width(), 20), Qt::AlignLeft | Qt::AlignBottom, QStringLiteral("fleet"));
    painter.setFont(face(kCaptionPx));
    painter.setPen(tone(Tone::muted));
    const QRect second(site.left(), site.top() + 20, site.width(), 16);
    QString live = liveSitesText(total);
    if (total.unknownGpus > 0) live += QStringLiteral(" \u00b7 ");
    painter.drawText(second, Qt::AlignLeft | Qt::AlignTop, live);
    m_link = {};
    if (total.unknownGpus > 0) {
        const QString link = countText(total.unknownGpus) + QStringLiteral(" ?");
        m_link = QRect(second.left() + painter.fontMetrics().horizontalAdvance(live), second.top(), painter.fontMetrics().horizontalAdvance(link) + 2, second.height());
        painter.setPen(tone(Tone::link));
        painter.drawText(m_link, Qt::AlignLeft | Qt::AlignTop, link);
        if (hasFocus()) {
            painter.setPen(QPen(tone(Tone::link), 2));
            painter.drawRect(m_link.adjusted(-3, -1, 2, 0));
        }
    }
    paintNumbers(painter);
}

void FleetRow::paintNumbers(QPainter& painter) const {
    const items::FleetTotal& total = m_model.total();
    const store::SiteRollup& sum = total.rollup;
    const auto say = [&](const QRect& area, const QString& text, int px, bool bold, Tone colour, Qt::Alignment alignment) {
        painter.setFont(face(px, bold));
        painter.setPen(tone(colour));
        painter.drawText(area, int(alignment | Qt::AlignVCenter), painter.fontMetrics().elidedText(text, Qt::ElideRight, area.width()));
    };
    const bool any = total.liveSites > 0;
    const auto number = [&](int column, std::uint32_t value, bool known) {
        if (!m_columns.isSectionHidden(column)) say(columnArea(column).adjusted(4, 0, -6, 0), known ? countText(value) : QStringLiteral("?"), kBasePx, true, Tone::text, Qt::AlignRight);
    };
    if (any) say(columnArea(SiteModel::kCapacity).adjusted(kCellPad, 0, -kCellPad, 0), QStringLiteral("reserved %1 \u00b7 busy %2").arg(countText(sum.reserved), countText(sum.busy)), kDensePx, false, Tone::secondary, Qt::AlignLeft);
    number(SiteModel::kInstalled, sum.installed, any || sum.installed > 0);
    number(SiteModel::kHealthy, sum.healthy, any);
    number(SiteModel::kInUse, sum.inUse, any);
    number(SiteModel::kFree, sum.free, any);
    number(SiteModel::kNotOk, sum.nodesNotOk, any);
    const QRect use = columnArea(SiteModel::kUtilisation).adjusted(16, 0, 0, 0);
    say(QRect(use.left(), use.top(), kTrackWidth + 18, use.height()), QStringLiteral("weighted by in use"), kDensePx, false, Tone::secondary, Qt::AlignLeft);
    say(QRect(use.left() + kTrackWidth + 8, use.top(), kTrackValueWidth, use.height()), percentText(sum.utilisationOfInUse), 14, true, Tone::text, Qt::AlignRight);
    if (!m_columns.isSectionHidden(SiteModel::kPower))
        say(columnArea(SiteModel::kPower).adjusted(14, 0, -4, 0), sum.powerKw < 0 ? QStringLiteral("?") : countText(static_cast<std::int64_t>(sum.powerKw + 0.5)), kBasePx, true, Tone::text, Qt::AlignRight);
    if (!m_columns.isSectionHidden(SiteModel::kPriority)) paintPriorities(painter, columnArea(SiteModel::kPriority).adjusted(14, 0, 0, 0), total.priority, any, false);
    if (any) say(columnArea(SiteModel::kLink).adjusted(8, 0, 0, 0), QStringLiteral("oldest %1").arg(durationText(total.worstLiveAgeMs)), kDensePx, false, Tone::secondary, Qt::AlignLeft);
}

void FleetRow::mousePressEvent(QMouseEvent* event) {
    if (m_link.contains(event->position().toPoint())) Q_EMIT unknownActivated();
}

void FleetRow::mouseMoveEvent(QMouseEvent* event) {
    const bool over = m_link.contains(event->position().toPoint());
    setCursor(over ? Qt::PointingHandCursor : Qt::ArrowCursor);
    setToolTip(over ? leftOutText(m_model) : QString());
}

void FleetRow::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) Q_EMIT unknownActivated();
    else QWidget::keyPressEvent(event);
}

SitesPanel::SitesPanel(SiteModel& model, const items::FleetTrends& trends, QWidget* parent)
    : Surface(Tone::base, Qt::TopEdge | Qt::BottomEdge | Qt::LeftEdge | Qt::RightEdge, parent), m_model(model), m_legend(new CapacityLegend), m_table(new SiteTable(model, trends)), m_fleet(new FleetRow(model, *m_table->horizontalHeader())) {
    auto* column = columnLayout(this);
    column->setContentsMargins(1, 1, 1, 1);
    Surface* head = makePanelHead(QStringLiteral("Sites"), &m_caption, this);
    head->layout()->addWidget(m_legend);
    column->addWidget(head);
    column->addWidget(m_table);
    column->addWidget(m_fleet);
    connect(m_table, &SiteTable::columnsChanged, m_fleet, qOverload<>(&QWidget::update));
    connect(m_fleet, &FleetRow::unknownActivated, this, &SitesPanel::unknownActivated);
    connect(&model, &SiteModel::wouldMoveChanged, this, &SitesPanel::showCaption);
    connect(&model, &SiteModel::totalChanged, this, &SitesPanel::showCaption);
    showCaption();
}

void SitesPanel::fitTo(int available) {
    m_table->fitTo(available - kPanelHead - kFleetRow - 2);
    setFixedHeight(kPanelHead + m_table->height() + kFleetRow + 2);
}

void SitesPanel::setFilterNote(const QString& note) {
    m_filterNote = note;
    showCaption();
}

void SitesPanel::showCaption() {
    QString caption = QStringLiteral("%1 \u00b7 worst first").arg(m_model.rowCount());
    if (m_model.total().liveSites > 1) caption += QStringLiteral(" \u00b7 \u254e mean of the fleet");
    Runs runs{strong(QStringLiteral("Sites"), kBasePx), plain(caption, Tone::muted)};
    if (m_model.wouldMove() > 0) runs << chip(QStringLiteral("%1 would move \u00b7 R").arg(countOf(m_model.wouldMove(), QStringLiteral("row"))));
    if (!m_filterNote.isEmpty()) runs << plain(m_filterNote, Tone::secondary);
    m_caption->setRuns(runs);
    const store::SiteRollup& sum = m_model.total().rollup;
    m_legend->setScrubbingShown(store::partsOf(sum)[static_cast<std::size_t>(CapacityPart::scrubbing)] > 0);
}

} // namespace busbar::views
