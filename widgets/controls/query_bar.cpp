#include "widgets/controls/query_bar.h"

#include "items/words.h"
#include "widgets/controls/query_edit.h"
#include "widgets/controls/query_popup.h"
#include "widgets/controls/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>

#include <algorithm>

namespace busbar::controls {

namespace {

constexpr int kHeight = 30, kPad = 8, kSlashWidth = 16;
constexpr int kPopupGap = 2, kPopupInset = 34;

using items::countText;
using items::toQt;

QString foundText(const QueryCount& count) {
    QString text = QStringLiteral("%1 of %2").arg(countText(static_cast<std::int64_t>(count.matched)), countText(static_cast<std::int64_t>(count.total)));
    if (count.unknown > 0) text += QStringLiteral(" \u00b7 %1 unknown (missing or stale > 3 s)").arg(countText(static_cast<std::int64_t>(count.unknown)));
    if (count.milliseconds < 0.1) return text + QStringLiteral(" \u00b7 < 0.1 ms");
    return text + QStringLiteral(" \u00b7 %1 ms").arg(count.milliseconds, 0, 'f', count.milliseconds < 10 ? 1 : 0);
}

} // namespace

QueryBar::QueryBar(QWidget* parent) : QWidget(parent), m_edit(new QueryEdit(this)), m_result(new QLabel(this)), m_worker(new QueryWorker(this)), m_query(query::parse("").query) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(kPad + kSlashWidth, 0, kPad, 0);
    row->setSpacing(kPad);
    row->addWidget(m_edit, 1);
    row->addWidget(m_result);
    setFixedHeight(kHeight);
    setFocusProxy(m_edit);
    m_edit->setAccessibleName(QStringLiteral("Query"));
    m_result->setFont(face(kCaptionPx));
    m_result->setTextFormat(Qt::PlainText);
    m_evaluate.setSingleShot(true);
    m_evaluate.setInterval(kEvaluateAfterMs);
    m_busy.setSingleShot(true);
    m_busy.setInterval(kBusyAfterMs);
    connect(&m_evaluate, &QTimer::timeout, this, &QueryBar::evaluate);
    connect(&m_busy, &QTimer::timeout, this, [this] { say(QStringLiteral("counting\u2026")); });
    connect(m_edit, &QueryEdit::edited, this, &QueryBar::onEdited);
    connect(m_edit, &QueryEdit::keyPressed, this, &QueryBar::onKey);
    connect(m_edit, &QueryEdit::focusChanged, this, &QueryBar::onFocus);
    connect(m_worker, &QueryWorker::counted, this, &QueryBar::onCounted);
    connect(m_worker, &QueryWorker::completed, this, &QueryBar::onCompleted);
    applyTones();
}

QueryBar::~QueryBar() { delete m_popup; }

QSize QueryBar::sizeHint() const { return {480, kHeight}; }

void QueryBar::setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) {
    m_fleet = fleet;
    m_nowWallMs = nowWallMs;
    m_worker->count(fleet, m_query, nowWallMs);
}

void QueryBar::setSaved(const query::SavedQueries& saved) { m_saved = saved; }

void QueryBar::setHistory(const QStringList& history) { m_history = history.mid(0, kMaxHistory); }

QString QueryBar::text() const { return m_edit->text(); }

QString QueryBar::resultText() const { return m_result->text(); }

void QueryBar::setText(const QString& text) {
    m_edit->setText(text);
    closePopup();
    evaluate();
}

void QueryBar::focusQuery() {
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

query::Parsed QueryBar::read() {
    const std::string text = m_edit->text().toStdString();
    query::Parsed parsed = query::parse(text, m_saved);
    if (parsed.query && query::shapeOf(*parsed.query).past) {
        const std::size_t at = text.rfind("at ");
        parsed.error = query::Error{{at, text.size()}, "there is no record of the past to look into yet: leave out `at`", {}, false};
        parsed.query = nullptr;
    }
    m_error = parsed.error;
    m_edit->setParsed(parsed);
    m_edit->setAccessibleDescription(m_error ? toQt(m_error->sentence) : resultText());
    return parsed;
}

void QueryBar::onEdited() {
    if (!m_walking) m_historyPlace = -1;
    if (m_edit->composing()) {
        m_evaluate.stop();
        return;
    }
    read();
    m_evaluate.start();
    m_asked = false;
    if (m_edit->hasFocus() && !m_walking) requestCompletion();
}

void QueryBar::evaluate() {
    m_evaluate.stop();
    const query::Parsed parsed = read();
    if (!parsed.query) {
        showError();
        return;
    }
    if (m_popup && m_popup->isVisible() && !m_popup->completion()) closePopup();
    const std::string canonical = query::print(*parsed.query);
    if (canonical != m_canonical) {
        m_canonical = canonical;
        m_query = parsed.query;
        m_count = nullptr;
        if (m_fleet) {
            m_busy.start();
            m_worker->count(m_fleet, m_query, m_nowWallMs);
        }
        Q_EMIT queryChanged(m_query, m_edit->text());
    }
    showResult();
}

void QueryBar::onCounted(const QueryCountPtr& count) {
    if (count->query != m_query) return;
    m_busy.stop();
    m_count = count;
    if (!m_error) showResult();
}

void QueryBar::showResult() {
    if (!m_count) return say({});
    if (!m_count->status.ok()) return say(toQt(sentenceOf(m_count->status)));
    say(foundText(*m_count), QStringLiteral("Nodes that the query finds, of all nodes; those whose outcome is unknown are left out."));
}

void QueryBar::showError() {
    m_busy.stop();
    if (m_error->incomplete) return say(QStringLiteral("incomplete \u2014 last valid result kept"), toQt(m_error->sentence));
    say(QStringLiteral("not valid \u2014 last valid result kept"), toQt(m_error->sentence));
    if (!m_edit->hasFocus() || (m_popup && m_popup->offers())) return;
    const QString text = m_edit->text();
    placePopup(textOffset(text.toStdString(), m_error->span.begin));
    m_popup->showError(toQt(m_error->sentence), toQt(m_error->replacement));
    m_popup->show();
    m_popup->raise();
}

void QueryBar::say(const QString& text, const QString& toolTip) {
    m_result->setText(text);
    m_result->setToolTip(toolTip);
    m_result->setVisible(!text.isEmpty());
}

void QueryBar::requestCompletion() {
    if (!m_fleet) return;
    const QString text = m_edit->text();
    query::CompletionRequest request;
    request.text = text.toStdString();
    request.cursor = byteOffset(text, m_edit->cursorPlace());
    request.saved = m_saved;
    for (const QString& used : m_history) request.recent.push_back(used.toStdString());
    request.lastValid = m_query;
    request.nowWallMs = m_nowWallMs;
    m_completionWanted = m_worker->complete(m_fleet, std::move(request));
}

void QueryBar::onCompleted(std::uint64_t request, const CompletionPtr& completion) {
    if (request != m_completionWanted || !m_edit->hasFocus()) return;
    // Between two terms nobody asked for a list, unless by Ctrl+Space.
    const bool nothing = completion->items.empty() && completion->field.empty();
    if (nothing || (!m_asked && completion->replace.begin == completion->replace.end)) {
        closePopup();
        if (m_error && !m_evaluate.isActive()) showError();
        return;
    }
    placePopup(textOffset(m_edit->text().toStdString(), completion->replace.begin));
    m_popup->showCompletion(completion);
    m_popup->show();
    m_popup->raise();
}

void QueryBar::placePopup(int position) {
    if (!m_popup) {
        m_popup = new QueryPopup(window());
        connect(m_popup, &QueryPopup::accepted, this, &QueryBar::accept);
        connect(m_popup, &QueryPopup::fixAccepted, this, &QueryBar::acceptFix);
    }
    if (m_popup->parentWidget() != window()) m_popup->setParent(window());
    const QPoint under = mapTo(window(), QPoint(m_edit->x() + m_edit->leftOf(position) - kPopupInset, height() + kPopupGap));
    m_popup->move(std::clamp(under.x(), 0, std::max(0, window()->width() - m_popup->sizeHint().width())), under.y());
}

void QueryBar::closePopup() {
    m_completionWanted = 0;
    m_worker->dropCompletion();
    if (m_popup) m_popup->hide();
}

void QueryBar::accept(bool exclude) {
    const query::Suggestion* item = m_popup ? m_popup->current() : nullptr;
    if (!item || (exclude && item->exclude.empty())) return;
    const QString text = m_edit->text();
    const std::string utf8 = text.toStdString();
    const bool whole = item->kind == query::SuggestionKind::recent;
    const query::Span replaced = whole ? query::Span{0, utf8.size()} : m_popup->completion()->replace;
    const bool goesOn = item->kind == query::SuggestionKind::field || item->kind == query::SuggestionKind::op || item->kind == query::SuggestionKind::keyword;
    QString with = toQt(exclude ? item->exclude : item->text);
    // A finished term makes room for the next one.
    if (!goesOn && replaced.end == utf8.size() && !whole) with += QLatin1Char(' ');
    closePopup();
    m_edit->replace(textOffset(utf8, replaced.begin), textOffset(utf8, replaced.end), with);
    if (!goesOn) {
        closePopup();
        evaluate();
    }
}

void QueryBar::acceptFix() {
    if (!m_error || m_error->replacement.empty()) return;
    const query::Error error = *m_error;
    const std::string utf8 = m_edit->text().toStdString();
    closePopup();
    m_edit->replace(textOffset(utf8, error.span.begin), textOffset(utf8, error.span.end), toQt(error.replacement));
    closePopup();
    evaluate();
}

void QueryBar::onKey(QKeyEvent* event) {
    if (event->key() == Qt::Key_Space && event->modifiers() & Qt::ControlModifier) {
        m_asked = true;
        requestCompletion();
        event->accept();
        return;
    }
    if (m_popup && m_popup->isVisible() && onPopupKey(event)) {
        event->accept();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter: onEnter(); break;
    case Qt::Key_Escape: Q_EMIT left(); break;
    case Qt::Key_Up: walkHistory(1); break;
    case Qt::Key_Down: walkHistory(-1); break;
    default: return;
    }
    event->accept();
}

bool QueryBar::onPopupKey(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Escape: closePopup(); return true;
    case Qt::Key_Tab: accept(false); return m_popup->completion() != nullptr;
    case Qt::Key_Backtab: accept(true); return m_popup->completion() != nullptr;
    case Qt::Key_Down: m_popup->move(1); break;
    case Qt::Key_Up: m_popup->move(-1); break;
    case Qt::Key_PageDown: m_popup->move(8); break;
    case Qt::Key_PageUp: m_popup->move(-8); break;
    default: return false;
    }
    m_edit->setAccessibleDescription(m_popup->spoken());
    return m_popup->offers();
}

void QueryBar::onEnter() {
    if (m_popup && m_popup->offers() && m_popup->moved()) {
        accept(false);
        return;
    }
    const bool shown = m_popup && m_popup->isVisible() && !m_popup->completion();
    if (shown && m_error && !m_error->replacement.empty()) {
        acceptFix();
        return;
    }
    closePopup();
    evaluate();
    if (!m_error) remember();
}

void QueryBar::onFocus(bool in) {
    update();
    if (in) return;
    closePopup();
    if (!m_error) remember();
}

void QueryBar::walkHistory(int step) {
    const int place = std::clamp(m_historyPlace + step, -1, static_cast<int>(m_history.size()) - 1);
    if (place == m_historyPlace) return;
    if (m_historyPlace < 0) m_typed = m_edit->text();
    m_historyPlace = place;
    m_walking = true;
    m_edit->setText(place < 0 ? m_typed : m_history[place]);
    m_walking = false;
}

void QueryBar::remember() {
    const QString text = m_edit->text().simplified();
    if (text.isEmpty() || (!m_history.isEmpty() && m_history.front() == text)) return;
    m_history.removeAll(text);
    m_history.prepend(text);
    while (m_history.size() > kMaxHistory) m_history.removeLast();
    Q_EMIT historyChanged(m_history);
}

void QueryBar::applyTones() {
    QPalette colours = m_result->palette();
    colours.setColor(QPalette::WindowText, tone(Tone::muted));
    if (m_result->palette().color(QPalette::WindowText) != tone(Tone::muted)) m_result->setPalette(colours);
}

void QueryBar::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange) return;
    applyTones();
    read();
}

void QueryBar::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    closePopup();
}

void QueryBar::mousePressEvent(QMouseEvent*) { m_edit->setFocus(Qt::MouseFocusReason); }

void QueryBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const bool focused = m_edit->hasFocus();
    painter.fillRect(rect(), tone(Tone::base));
    painter.setPen(QPen(tone(focused ? Tone::link : Tone::line), focused ? 2 : 1));
    painter.drawRect(focused ? QRectF(rect()).adjusted(1, 1, -1, -1) : QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    painter.setFont(monoFace(kBasePx));
    painter.setPen(tone(Tone::muted));
    painter.drawText(QRect(kPad, 0, kSlashWidth, height()), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("/"));
}

} // namespace busbar::controls
