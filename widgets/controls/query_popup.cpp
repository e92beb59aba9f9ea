#include "widgets/controls/query_popup.h"

#include "items/words.h"
#include "store/query/field.h"
#include "widgets/controls/node_sign.h"
#include "widgets/controls/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace busbar::controls {

namespace {

// Sizes of design/mock/3-nodes.png.
constexpr int kWidth = 436, kHead = 24, kRow = 26, kFoot = 26, kPad = 10;
constexpr int kMarkWidth = 14, kBarLeft = 180, kBarWidth = 160, kBarHeight = 8, kNoteLeft = 180;
constexpr int kMaxRows = 12;

using items::toQt;

/// The mark of a fact's value: that of a node that is well but for it.
Sign signOf(const query::Suggestion& item, const std::string& field) {
    if (item.unknown) return Sign::unknown;
    if (item.fact < 0) return Sign::none;
    NodeFacts facts{NodeState::ready, Service::open, Occupancy::free, Health::ok, Link::connected};
    if (field == "health") facts.health = static_cast<Health>(item.fact);
    else if (field == "service") facts.service = static_cast<Service>(item.fact);
    else if (field == "state") facts.state = static_cast<NodeState>(item.fact);
    else if (field == "occupancy") facts.occupancy = static_cast<Occupancy>(item.fact);
    else if (field == "link") facts.link = static_cast<Link>(item.fact);
    const Sign sign = nodeSign(facts);
    return sign == Sign::free ? Sign::none : sign;
}

Tone toneOf(query::TokenKind kind) { return kind == query::TokenKind::field ? Tone::link : kind == query::TokenKind::value || kind == query::TokenKind::word ? Tone::text : Tone::muted; }

/// Query text in the colours it has when typed; cut at `width`.
void paintQuery(QPainter& painter, const QRect& box, const std::string& text) {
    painter.setFont(monoFace(kDensePx));
    const QFontMetrics metrics = painter.fontMetrics();
    const QString shown = metrics.elidedText(toQt(text), Qt::ElideRight, box.width());
    const std::string bytes = shown.toStdString();
    int left = box.left();
    std::size_t at = 0;
    const auto draw = [&](std::size_t end, Tone colour) {
        const QString part = QString::fromUtf8(bytes.data() + at, static_cast<qsizetype>(end - at));
        painter.setPen(tone(colour));
        painter.drawText(QRect(left, box.top(), box.width(), box.height()), Qt::AlignLeft | Qt::AlignVCenter, part);
        left += metrics.horizontalAdvance(part);
        at = end;
    };
    for (const query::Token& token : query::parse(bytes).tokens) {
        if (token.span.begin > at) draw(token.span.begin, Tone::text);
        draw(token.span.end, toneOf(token.kind));
    }
    if (at < bytes.size()) draw(bytes.size(), Tone::text);
}

int paintKey(QPainter& painter, int left, int middle, const QString& key, const QString& words) {
    painter.setFont(monoFace(kCaptionPx));
    const int cap = painter.fontMetrics().horizontalAdvance(key) + 10;
    const QRectF box(left + 0.5, middle - 8 + 0.5, cap - 1, 15);
    painter.setPen(tone(Tone::line));
    painter.setBrush(tone(Tone::panel));
    painter.drawRoundedRect(box, 2, 2);
    painter.setPen(tone(Tone::secondary));
    painter.drawText(box, Qt::AlignCenter, key);
    painter.setFont(face(kCaptionPx));
    const int width = painter.fontMetrics().horizontalAdvance(words);
    painter.drawText(QRect(left + cap + 4, middle - 10, width + 2, 20), Qt::AlignLeft | Qt::AlignVCenter, words);
    return left + cap + 4 + width + 12;
}

} // namespace

QueryPopup::QueryPopup(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::NoFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(QStringLiteral("Query suggestions"));
    hide();
}

void QueryPopup::showCompletion(const CompletionPtr& completion) {
    m_completion = completion;
    m_sentence.clear();
    m_current = m_first = 0;
    m_moved = false;
    resize(sizeHint());
    update();
}

void QueryPopup::showError(const QString& sentence, const QString& fix) {
    m_completion = nullptr;
    m_sentence = sentence;
    m_fix = fix;
    resize(sizeHint());
    update();
}

const query::Suggestion* QueryPopup::current() const { return offers() ? &m_completion->items[static_cast<std::size_t>(m_current)] : nullptr; }

int QueryPopup::rowsShown() const { return m_completion ? std::min<int>(kMaxRows, static_cast<int>(m_completion->items.size())) : 0; }

QSize QueryPopup::sizeHint() const {
    if (m_completion) return {kWidth, kHead + rowsShown() * kRow + (m_completion->items.empty() ? 0 : kFoot) + 2};
    const QRect words = QFontMetrics(face(kDensePx)).boundingRect(QRect(0, 0, kWidth - 2 * kPad - 20, 1000), Qt::TextWordWrap, m_sentence);
    return {kWidth, words.height() + 16 + (m_fix.isEmpty() ? 0 : kFoot)};
}

void QueryPopup::choose(int row) {
    m_current = std::clamp(row, 0, static_cast<int>(m_completion->items.size()) - 1);
    m_first = std::clamp(m_first, m_current - rowsShown() + 1, m_current);
    setAccessibleDescription(spoken());
    update();
}

void QueryPopup::move(int rows) {
    if (!offers()) return;
    m_moved = true;
    const int count = static_cast<int>(m_completion->items.size());
    choose((m_current + rows + count) % count);
}

QString QueryPopup::spoken() const {
    const query::Suggestion* item = current();
    if (!item) return m_sentence;
    QString words = toQt(item->text);
    if (!item->note.empty()) words += QStringLiteral(", ") + toQt(item->note);
    if (item->count >= 0) words += QStringLiteral(", ") + items::countOf(item->count, QStringLiteral("node"));
    return item->unknown ? words + QStringLiteral(" not known") : words;
}

QRect QueryPopup::rowRect(int shown) const { return {1, 1 + kHead + shown * kRow, width() - 2, kRow}; }

int QueryPopup::rowAt(const QPoint& place) const {
    for (int shown = 0; shown < rowsShown(); ++shown)
        if (rowRect(shown).contains(place)) return m_first + shown;
    return -1;
}

void QueryPopup::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), tone(Tone::base));
    if (m_completion) {
        paintHead(painter);
        for (int shown = 0; shown < rowsShown(); ++shown) {
            const auto row = static_cast<std::size_t>(m_first + shown);
            const std::vector<query::Suggestion>& items = m_completion->items;
            paintRow(painter, rowRect(shown), items[row], m_first + shown == m_current, row > 0 && items[row].fact < 0 && items[row - 1].fact >= 0);
        }
        if (!m_completion->items.empty()) paintFoot(painter);
    } else {
        paintError(painter);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(tone(m_completion ? Tone::link : Tone::p2));
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
}

void QueryPopup::paintHead(QPainter& painter) const {
    const QRect box(kPad, 1, width() - 2 * kPad, kHead);
    const QString caption = toQt(m_completion->caption), field = toQt(m_completion->field);
    const qsizetype named = field.isEmpty() ? -1 : caption.indexOf(field);
    int left = box.left();
    const auto draw = [&](const QString& words, bool isField) {
        painter.setFont(face(kCaptionPx, isField));
        painter.setPen(tone(isField ? Tone::link : Tone::muted));
        painter.drawText(QRect(left, box.top(), box.width(), box.height()), Qt::AlignLeft | Qt::AlignVCenter, words);
        left += painter.fontMetrics().horizontalAdvance(words);
    };
    draw(caption.left(std::max<qsizetype>(0, named)), false);
    if (named >= 0) draw(field, true);
    draw(named < 0 ? caption : caption.mid(named + field.size()), false);
    painter.setFont(face(kCaptionPx));
    painter.setPen(tone(Tone::muted));
    painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("%1 ms").arg(m_completion->milliseconds, 0, 'f', 1));
    painter.fillRect(QRect(1, kHead, width() - 2, 1), tone(Tone::faintLine));
}

void QueryPopup::paintRow(QPainter& painter, const QRect& box, const query::Suggestion& item, bool chosen, bool separated) const {
    if (chosen) painter.fillRect(box, tone(Tone::selection));
    // Values end here: what follows asks something else.
    if (separated) painter.fillRect(QRect(box.left(), box.top(), box.width(), 1), tone(Tone::faintLine));
    const int left = box.left() + kPad;
    const Sign sign = signOf(item, m_completion->field);
    if (sign != Sign::none) paintSign(painter, sign, QRectF(left, box.center().y() - 6, 13, 13));
    if (item.kind == query::SuggestionKind::saved || item.kind == query::SuggestionKind::recent) {
        painter.setFont(monoFace(kDensePx));
        painter.setPen(tone(Tone::muted));
        painter.drawText(QRect(left, box.top(), kMarkWidth, box.height()), Qt::AlignLeft | Qt::AlignVCenter, item.kind == query::SuggestionKind::saved ? QStringLiteral("@") : QStringLiteral("\u21ba"));
    }
    QString count;
    if (item.count >= 0) count = (item.unknown ? QStringLiteral("+") : QString()) + items::countText(item.count);
    painter.setFont(face(kDensePx, true));
    const int countWidth = painter.fontMetrics().horizontalAdvance(count);
    painter.setPen(tone(Tone::text));
    painter.drawText(box.adjusted(0, 0, -kPad, 0), Qt::AlignRight | Qt::AlignVCenter, count);
    const int right = box.right() - kPad - countWidth - 8, textLeft = left + kMarkWidth + 8;
    const bool bar = item.note.empty() && item.count >= 0;
    const int noteLeft = std::max(box.left() + kNoteLeft, textLeft + QFontMetrics(monoFace(kDensePx)).horizontalAdvance(toQt(item.text)) + 12);
    const bool roomForNote = !item.note.empty() && noteLeft + 60 < right;
    const bool roomForBar = bar && noteLeft <= box.left() + kBarLeft + 1;
    paintQuery(painter, QRect(textLeft, box.top(), (roomForNote ? noteLeft : roomForBar ? box.left() + kBarLeft : right) - textLeft - 4, box.height()), item.text);
    if (roomForNote) {
        painter.setFont(face(kDensePx));
        painter.setPen(tone(Tone::secondary));
        painter.drawText(QRect(noteLeft, box.top(), right - noteLeft, box.height()), Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(toQt(item.note), Qt::ElideRight, right - noteLeft));
    }
    if (!roomForBar) return;
    const QRectF track(box.left() + kBarLeft, box.center().y() - kBarHeight / 2 + 1, kBarWidth, kBarHeight);
    painter.fillRect(track, tone(Tone::faintLine));
    const double share = m_completion->total == 0 ? 0 : static_cast<double>(item.count) / static_cast<double>(m_completion->total);
    // What is not known is no part of the bar's whole.
    if (item.count > 0 && !item.unknown) painter.fillRect(QRectF(track.left(), track.top(), std::max(2.0, share * kBarWidth), kBarHeight), tone(Tone::ramp4));
}

void QueryPopup::paintFoot(QPainter& painter) const {
    const QRect box(1, height() - 1 - kFoot, width() - 2, kFoot);
    painter.fillRect(box, tone(Tone::panel));
    painter.fillRect(QRect(box.left(), box.top(), box.width(), 1), tone(Tone::faintLine));
    const int middle = box.center().y() + 1;
    int left = kPad;
    left = paintKey(painter, left, middle, QStringLiteral("Tab"), QStringLiteral("accept"));
    left = paintKey(painter, left, middle, QStringLiteral("\u2191\u2193"), QStringLiteral("move"));
    if (const query::Suggestion* item = current(); item && !item->exclude.empty()) left = paintKey(painter, left, middle, QStringLiteral("Shift+Tab"), QStringLiteral("exclude"));
    left = paintKey(painter, left, middle, QStringLiteral("Esc"), QStringLiteral("close"));
    const int hidden = static_cast<int>(m_completion->items.size()) - rowsShown();
    if (hidden <= 0) return;
    painter.setPen(tone(Tone::muted));
    painter.drawText(box.adjusted(0, 0, -kPad, 0), Qt::AlignRight | Qt::AlignVCenter, QStringLiteral("%1 more").arg(hidden));
}

void QueryPopup::paintError(QPainter& painter) const {
    paintSign(painter, Sign::p2, QRectF(kPad, 9, 13, 13));
    painter.setFont(face(kDensePx));
    painter.setPen(tone(Tone::text));
    painter.drawText(QRect(kPad + 20, 8, width() - 2 * kPad - 20, height() - 16), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_sentence);
    if (m_fix.isEmpty()) return;
    painter.fillRect(QRect(1, height() - 1 - kFoot, width() - 2, kFoot), tone(Tone::panel));
    paintKey(painter, kPad, height() - kFoot / 2, QStringLiteral("Enter"), QStringLiteral("writes %1").arg(m_fix));
}

void QueryPopup::mousePressEvent(QMouseEvent* event) {
    if (!m_completion) {
        if (!m_fix.isEmpty()) Q_EMIT fixAccepted();
        return;
    }
    const int row = rowAt(event->position().toPoint());
    if (row < 0) return;
    choose(row);
    Q_EMIT accepted(event->modifiers() & Qt::ShiftModifier);
}

void QueryPopup::mouseMoveEvent(QMouseEvent* event) {
    if (const int row = rowAt(event->position().toPoint()); row >= 0) choose(row);
}

void QueryPopup::wheelEvent(QWheelEvent* event) {
    if (offers()) choose(m_current + (event->angleDelta().y() > 0 ? -1 : 1));
    event->accept();
}

} // namespace busbar::controls
