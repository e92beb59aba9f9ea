#include "widgets/controls/query_edit.h"

#include "widgets/controls/theme.h"

#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>
#include <QScrollBar>
#include <QSyntaxHighlighter>
#include <QTextBlock>

namespace busbar::controls {

namespace {

Tone toneOf(query::TokenKind kind) {
    switch (kind) {
    case query::TokenKind::field: return Tone::link;
    case query::TokenKind::op:
    case query::TokenKind::keyword:
    case query::TokenKind::punctuation: return Tone::muted;
    case query::TokenKind::bad: return Tone::p2;
    case query::TokenKind::value:
    case query::TokenKind::word: break;
    }
    return Tone::text;
}

bool isPlainEdit(const QKeyEvent& event) {
    switch (event.key()) {
    case Qt::Key_Tab:
    case Qt::Key_Backtab:
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Escape:
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_PageUp:
    case Qt::Key_PageDown: return false;
    case Qt::Key_Space: return !(event.modifiers() & Qt::ControlModifier);
    default: return true;
    }
}

} // namespace

std::size_t byteOffset(const QString& text, int position) { return static_cast<std::size_t>(text.left(position).toUtf8().size()); }

int textOffset(const std::string& utf8, std::size_t byte) { return static_cast<int>(QString::fromUtf8(utf8.data(), static_cast<qsizetype>(std::min(byte, utf8.size()))).size()); }

/// Formats lie beside the text, so that they are no edits and no undo steps.
class QueryEdit::Colours : public QSyntaxHighlighter {
public:
    using QSyntaxHighlighter::QSyntaxHighlighter;

    void show(const query::Parsed& parsed) {
        m_tokens = parsed.tokens;
        m_error = parsed.error;
        rehighlight();
    }

protected:
    void highlightBlock(const QString& text) override {
        const std::string utf8 = text.toStdString();
        for (const query::Token& token : m_tokens) {
            QTextCharFormat format;
            format.setForeground(tone(toneOf(token.kind)));
            setFormat(textOffset(utf8, token.span.begin), textOffset(utf8, token.span.end) - textOffset(utf8, token.span.begin), format);
        }
        if (!m_error || m_error->incomplete) return;
        const int begin = textOffset(utf8, m_error->span.begin), end = std::max(textOffset(utf8, m_error->span.end), begin + 1);
        for (int at = begin; at < std::min<int>(end, static_cast<int>(text.size())); ++at) {
            QTextCharFormat waved = format(at);
            waved.setUnderlineStyle(QTextCharFormat::WaveUnderline);
            waved.setUnderlineColor(tone(Tone::p2));
            setFormat(at, 1, waved);
        }
    }

private:
    std::vector<query::Token> m_tokens;
    std::optional<query::Error> m_error;
};

QueryEdit::QueryEdit(QWidget* parent) : QPlainTextEdit(parent), m_colours(new Colours(document())) {
    setFrameShape(QFrame::NoFrame);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFont(monoFace(kBasePx));
    document()->setDocumentMargin(0);
    setViewportMargins(0, 0, 0, 0);
    viewport()->setAutoFillBackground(false);
    setTabChangesFocus(true);
    setCursorWidth(2);
    setFixedHeight(sizeHint().height());
    connect(this, &QPlainTextEdit::textChanged, this, &QueryEdit::noteChange);
}

QSize QueryEdit::sizeHint() const { return {200, QFontMetrics(monoFace(kBasePx)).lineSpacing() + 2}; }

void QueryEdit::setText(const QString& text) {
    if (text == this->text()) return;
    replace(0, static_cast<int>(this->text().size()), text);
}

void QueryEdit::setParsed(const query::Parsed& parsed) { m_colours->show(parsed); }

void QueryEdit::replace(int begin, int end, const QString& with) {
    QTextCursor cursor(document());
    cursor.setPosition(begin);
    cursor.setPosition(end, QTextCursor::KeepAnchor);
    cursor.insertText(with);
    setTextCursor(cursor);
}

int QueryEdit::leftOf(int position) const {
    QTextCursor cursor(document());
    cursor.setPosition(std::clamp(position, 0, document()->characterCount() - 1));
    return cursorRect(cursor).left();
}

void QueryEdit::noteChange() {
    // Colouring is told as a change of the text too.
    const QString now = text();
    if (now == m_lastText) return;
    m_lastText = now;
    Q_EMIT edited();
}

void QueryEdit::keyPressEvent(QKeyEvent* event) {
    event->ignore();
    Q_EMIT keyPressed(event);
    if (event->isAccepted()) return;
    if (isPlainEdit(*event)) {
        QPlainTextEdit::keyPressEvent(event);
        return;
    }
    if (event->key() == Qt::Key_Tab || event->key() == Qt::Key_Backtab) focusNextPrevChild(event->key() == Qt::Key_Tab);
    event->accept();
}

bool QueryEdit::event(QEvent* event) {
    // Tab is a key of completion first, and a single letter of the views' keys is text here.
    if (event->type() == QEvent::KeyPress) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (key->key() == Qt::Key_Tab || key->key() == Qt::Key_Backtab) {
            keyPressEvent(key);
            return true;
        }
    }
    return QPlainTextEdit::event(event);
}

void QueryEdit::inputMethodEvent(QInputMethodEvent* event) {
    m_composing = !event->preeditString().isEmpty();
    QPlainTextEdit::inputMethodEvent(event);
}

void QueryEdit::insertFromMimeData(const QMimeData* source) { insertPlainText(source->text().simplified()); }

void QueryEdit::focusInEvent(QFocusEvent* event) {
    QPlainTextEdit::focusInEvent(event);
    Q_EMIT focusChanged(true);
}

void QueryEdit::focusOutEvent(QFocusEvent* event) {
    QPlainTextEdit::focusOutEvent(event);
    m_composing = false;
    Q_EMIT focusChanged(false);
}

void QueryEdit::paintEvent(QPaintEvent* event) {
    QPlainTextEdit::paintEvent(event);
    if (!text().isEmpty() || m_composing) return;
    QPainter painter(viewport());
    painter.setFont(face(kBasePx));
    painter.setPen(tone(Tone::muted));
    painter.drawText(viewport()->rect().adjusted(3, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, QStringLiteral("filter: site:lga1 health!=ok \u2014 Ctrl+Space completes, ? explains"));
}

void QueryEdit::wheelEvent(QWheelEvent* event) { event->ignore(); }

} // namespace busbar::controls
