#include "widgets/views/overview/site_cells.h"

#include "widgets/controls/capacity_bar.h"
#include "widgets/controls/level_track.h"
#include "widgets/controls/sparkline.h"
#include "widgets/views/overview/overview_words.h"
#include "widgets/views/parts/look.h"
#include "widgets/views/parts/text.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace busbar::views {

namespace {

using items::SiteModel;
using items::SiteRow;
using store::SiteState;

constexpr int kMarkSize = 16, kSmallMark = 14;
constexpr int kTagPadding = 7, kTagGap = 3;
constexpr double kNotableDifference = 5, kSmallDifference = 2; ///< percentage points between a site and the fleet

struct TextLook {
    int px = kBasePx;
    bool bold = false;
    Tone tone = Tone::text;
    Qt::Alignment alignment = Qt::AlignLeft | Qt::AlignVCenter;
    bool past = false; ///< last known: muted, italic, on a plate so that the hatch does not run through it
};

void paintWords(QPainter& painter, const QRect& area, const QString& text, const TextLook& look) {
    QFont font = face(look.px, look.bold);
    font.setItalic(look.past);
    painter.setFont(font);
    const QString shown = painter.fontMetrics().elidedText(text, Qt::ElideRight, area.width() + 1);
    if (look.past) {
        const QRect words = painter.fontMetrics().boundingRect(area, int(look.alignment), shown).adjusted(-2, 1, 2, -1);
        painter.fillRect(words, tone(Tone::base));
    }
    painter.setPen(tone(look.past ? Tone::muted : look.tone));
    painter.drawText(area, int(look.alignment), shown);
}

Sign signOf(const SiteRow& site) {
    switch (site.state) {
    case SiteState::refused: return Sign::lock;
    case SiteState::stale:
    case SiteState::lost: return Sign::unknown;
    case SiteState::connecting:
    case SiteState::loading: return Sign::absent;
    case SiteState::live: break;
    }
    if (!site.priorityKnown) return Sign::none;
    return site.priority[1] > 0 ? Sign::p1 : site.priority[2] > 0 ? Sign::p2 : Sign::none;
}

/// A framed word; dashed for what does not come from hardware of now. Returns the x behind it.
int paintTag(QPainter& painter, int x, int middle, const QString& word, bool dashed, Tone colour) {
    painter.setFont(face(kCaptionPx));
    const int width = painter.fontMetrics().horizontalAdvance(word) + kTagPadding;
    const QRectF box(x + 0.5, middle - 7.5, width - 1, 15);
    QPen pen(tone(Tone::muted), 1);
    if (dashed) pen.setDashPattern({3, 2});
    painter.setPen(pen);
    painter.setBrush(tone(Tone::base));
    painter.drawRect(box);
    painter.setPen(tone(colour));
    painter.drawText(box, Qt::AlignCenter, word);
    return x + width + kTagGap;
}

class NameDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override {
        const QRect& area = cell.area;
        paintSign(cell.painter, signOf(cell.site), QRectF(area.left() + kSitePadding, area.center().y() - kMarkSize / 2 + 1, kMarkSize, kMarkSize));
        QRect name(area.left() + kSiteTextLeft, area.top(), area.width() - kSiteTextLeft, area.height());
        int tags = name.left();
        int middle = area.center().y();
        if (cell.compact()) {
            QFont font = face(14, true);
            tags += QFontMetrics(font).horizontalAdvance(cell.site.name) + 8;
        } else {
            name.setHeight(area.height() / 2);
            middle = area.top() + area.height() * 72 / 100;
        }
        paintWords(cell.painter, name, cell.site.name, {.px = 14, .bold = true, .alignment = Qt::AlignLeft | (cell.compact() ? Qt::AlignVCenter : Qt::AlignBottom)});
        const bool shorter = tags + widthOfTags(cell.site.rollup) > area.right();
        for (const SourceTag& tag : kSourceTags)
            if (cell.site.rollup.*tag.nodes > 0)
                tags = paintTag(cell.painter, tags, middle, QString::fromUtf16(shorter ? tag.shorter : tag.word), tag.dashed, cell.selected ? Tone::text : Tone::secondary);
    }

    struct SourceTag {
        std::uint32_t store::SiteRollup::*nodes;
        const char16_t *word, *shorter;
        bool dashed; ///< not hardware of now
    };
    static constexpr std::array<SourceTag, 3> kSourceTags{{{&store::SiteRollup::live, u"LIVE", u"LIVE", false},
                                                           {&store::SiteRollup::replayed, u"REPLAYED", u"REPL", true},
                                                           {&store::SiteRollup::simulated, u"SIMULATED", u"SIM", true}}};
    static int widthOfTags(const store::SiteRollup& rollup) {
        const QFontMetrics metrics(face(kCaptionPx));
        int width = 0;
        for (const SourceTag& tag : kSourceTags) width += rollup.*tag.nodes > 0 ? metrics.horizontalAdvance(QString::fromUtf16(tag.word)) + kTagPadding + kTagGap : 0;
        return width;
    }
};

class CapacityDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override {
        const QString sentence = rowSentence(cell.site);
        if (!sentence.isEmpty()) {
            paintWords(cell.painter, cell.area.adjusted(kCellPad, 0, -kCellPad, 0), sentence, {.tone = cell.site.state == SiteState::refused ? Tone::text : Tone::secondary});
            return;
        }
        const int height = cell.compact() ? 12 : 18;
        const QRectF bar(cell.area.left() + kCellPad, cell.area.center().y() - height / 2 + 1, cell.area.width() - 2 * kCellPad, height);
        controls::paintCapacityBar(cell.painter, bar, cell.site.rollup, context().model->mostInstalled(), cell.site.past());
    }
};

class NumberDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override {
        const QVariant value = cell.index.data(SiteModel::kValueRole);
        const bool past = cell.site.past() && cell.index.column() != SiteModel::kInstalled;
        const QString text = value.isValid() ? countText(value.toLongLong()) : QStringLiteral("?");
        paintWords(cell.painter, cell.area.adjusted(4, 0, -6, 0), text, {.tone = value.isValid() ? Tone::text : Tone::muted, .alignment = Qt::AlignRight | Qt::AlignVCenter, .past = past});
    }
};

class UtilisationDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override {
        const double percent = cell.site.rollup.utilisationOfInUse;
        const items::FleetTotal& total = context().model->total();
        const double fleet = total.liveSites > 1 ? total.rollup.utilisationOfInUse : -1;
        const int left = cell.area.left() + 16, middle = cell.area.center().y();
        controls::paintLevelTrack(cell.painter, QRectF(left, middle - 10, kTrackWidth, 22), percent, fleet, cell.site.past());
        const double difference = percent < 0 || fleet < 0 || !cell.site.live() ? 0 : percent - fleet;
        const bool notable = std::abs(difference) >= kNotableDifference;
        QRect words(left + kTrackWidth + 8, cell.area.top(), kTrackValueWidth, cell.area.height());
        paintWords(cell.painter, words, percentText(percent), {.px = 14, .bold = notable, .alignment = Qt::AlignRight | Qt::AlignVCenter, .past = cell.site.past()});
        if (cell.site.past() || percent < 0 || fleet < 0) return;
        words.setRect(words.right() + 9, cell.area.top(), cell.area.right() - words.right() - 9, cell.area.height());
        const bool near = std::abs(difference) < kSmallDifference;
        const QString arrow = difference < 0 ? QStringLiteral("\u25bc ") : QStringLiteral("\u25b2 ");
        paintWords(cell.painter, words, near ? QStringLiteral("as fleet") : arrow + QString::number(std::abs(difference), 'f', 1),
                   {.px = kCaptionPx, .bold = notable, .tone = notable ? Tone::text : cell.selected ? Tone::secondary : Tone::muted});
    }
};

class TrendDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override {
        const int height = cell.compact() ? 16 : 26;
        const QRectF area(cell.area.left() + 6, cell.area.center().y() - height / 2 + 1, cell.area.width() - 12, height);
        controls::paintSparkline(cell.painter, area, context().trends->site(toStd(cell.site.name)), context().trendLow, context().trendHigh, cell.site.past());
    }
};

class PowerDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override {
        const store::SiteRollup& rollup = cell.site.rollup;
        const int left = cell.area.left() + 14, middle = cell.area.center().y();
        controls::paintAmountBar(cell.painter, QRectF(left, middle - 3, 52, 8), rollup.powerKw, context().model->mostPowerKw(), cell.site.past());
        QRect words(left + 56, cell.area.top(), cell.area.right() - left - 59, cell.area.height());
        const std::uint32_t known = rollup.installed - rollup.powerUnknown;
        const bool below = !cell.compact() && rollup.powerKw >= 0 && known > 0;
        if (below) words.setHeight(words.height() / 2 + 2);
        const Qt::Alignment vertical = below ? Qt::AlignBottom : Qt::AlignVCenter;
        const QString text = rollup.powerKw < 0 ? QStringLiteral("?") : countText(static_cast<std::int64_t>(rollup.powerKw + 0.5));
        paintWords(cell.painter, words, text, {.alignment = Qt::AlignRight | vertical, .past = cell.site.past()});
        if (!below) return;
        const QString each = QStringLiteral("%1 W a GPU").arg(static_cast<int>(rollup.powerKw * 1000 / known + 0.5));
        paintWords(cell.painter, QRect(words.left(), words.bottom() + 1, words.width(), cell.area.bottom() - words.bottom() - 1), each,
                   {.px = kCaptionPx, .tone = cell.selected ? Tone::secondary : Tone::muted, .alignment = Qt::AlignRight | Qt::AlignTop, .past = cell.site.past()});
    }
};

class PriorityDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override { paintPriorities(cell.painter, cell.area.adjusted(14, 0, 0, 0), cell.site.priority, cell.site.priorityKnown, cell.site.past()); }
};

class LinkDelegate : public SiteCellDelegate {
    using SiteCellDelegate::SiteCellDelegate;
    void paintCell(const Cell& cell) const override {
        const int left = cell.area.left() + 8, middle = cell.area.center().y();
        if (cell.site.live()) {
            cell.painter.setPen(QPen(tone(Tone::secondary), 1.4));
            cell.painter.setBrush(Qt::NoBrush);
            cell.painter.drawEllipse(QPointF(left + 4, middle + 0.5), 3, 3);
            paintWords(cell.painter, cell.area.adjusted(20, 0, 0, 0), durationText(cell.site.ageMs), {.tone = Tone::secondary});
            return;
        }
        const QString words = items::linkWords(cell.site);
        if (cell.site.state == SiteState::connecting || cell.site.state == SiteState::loading) {
            paintWords(cell.painter, cell.area.adjusted(8, 0, 0, 0), words, {.px = kDensePx, .tone = Tone::secondary});
            return;
        }
        const int width = std::min(cell.area.right() - left - 2, QFontMetrics(face(kDensePx, true)).horizontalAdvance(words) + 30);
        cell.painter.setPen(tone(Tone::stale));
        cell.painter.setBrush(tone(Tone::base));
        cell.painter.drawRect(QRectF(left + 0.5, middle - 9.5, width, 20));
        paintSign(cell.painter, signOf(cell.site), QRectF(left + 6, middle - 6, 13, 13));
        paintWords(cell.painter, QRect(left + 24, middle - 10, width - 26, 21), words, {.px = kDensePx, .bold = true});
    }
};

} // namespace

void paintPriorities(QPainter& painter, const QRect& area, const std::array<std::uint32_t, 4>& priority, bool known, bool past) {
    static constexpr std::array<Sign, 4> kSigns{Sign::none, Sign::p1, Sign::p2, Sign::p3};
    static constexpr std::array<Sign, 4> kPastSigns{Sign::none, Sign::p1Stale, Sign::p2Stale, Sign::p3};
    for (std::size_t i = 1; i < kSigns.size(); ++i) {
        const QRect place(area.left() + static_cast<int>(i - 1) * kPriorityPitch, area.top(), kPriorityPitch, area.height());
        if (!known || priority[i] == 0) {
            paintWords(painter, place.adjusted(4, 0, 0, 0), known ? QStringLiteral("\u00b7") : QStringLiteral("?"), {.tone = Tone::muted, .past = past});
            continue;
        }
        painter.setOpacity(past && i == 3 ? 0.55 : 1); // P3 has no sign of its own for what is past.
        paintSign(painter, past ? kPastSigns[i] : kSigns[i], QRectF(place.left(), place.center().y() - kSmallMark / 2 + 1, kSmallMark, kSmallMark));
        painter.setOpacity(1);
        paintWords(painter, place.adjusted(kSmallMark + 4, 0, 0, 0), countText(priority[i]), {.bold = !past, .past = past});
    }
}

bool SiteCellDelegate::Cell::compact() const { return area.height() < kTwoLineSiteRow; }

void SiteCellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    const SiteRow& site = m_context.model->site(index.row());
    const bool selected = option.state & QStyle::State_Selected;
    painter->save();
    painter->setClipRect(option.rect);
    painter->setRenderHint(QPainter::Antialiasing);
    painter->fillRect(option.rect, tone(selected ? Tone::selection : index.row() == m_context.hoveredRow ? Tone::hover : Tone::base));
    if (site.past()) paintHatch(*painter, option.rect);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), tone(Tone::faintLine));
    if (selected && index.column() == SiteModel::kSite) painter->fillRect(QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), tone(Tone::link));
    paintCell({*painter, site, option.rect.adjusted(0, 0, 0, -1), index, selected});
    painter->restore();
}

bool SiteCellDelegate::helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option, const QModelIndex& index) {
    if (event->type() != QEvent::ToolTip || !index.isValid()) return QStyledItemDelegate::helpEvent(event, view, option, index);
    QToolTip::showText(event->globalPos(), siteTip(m_context.model->site(index.row())), view);
    return true;
}

SiteCellDelegate* makeSiteDelegate(SiteModel::Column column, const SiteCellContext& context, QObject* parent) {
    switch (column) {
    case SiteModel::kSite: return new NameDelegate(context, parent);
    case SiteModel::kCapacity: return new CapacityDelegate(context, parent);
    case SiteModel::kUtilisation: return new UtilisationDelegate(context, parent);
    case SiteModel::kTrend: return new TrendDelegate(context, parent);
    case SiteModel::kPower: return new PowerDelegate(context, parent);
    case SiteModel::kPriority: return new PriorityDelegate(context, parent);
    case SiteModel::kLink: return new LinkDelegate(context, parent);
    default: return new NumberDelegate(context, parent);
    }
}

} // namespace busbar::views
