// The one line of text of the query bar: colours by token, a wave under the error, no line breaks, input methods. GUI thread only.
#pragma once

#include "store/query/query.h"

#include <QPlainTextEdit>

#include <optional>
#include <vector>

namespace busbar::controls {

/// Bytes of `text` in UTF-8 up to a place in UTF-16, and back.
std::size_t byteOffset(const QString& text, int position);
int textOffset(const std::string& utf8, std::size_t byte);

class QueryEdit : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit QueryEdit(QWidget* parent = nullptr);

    QString text() const { return toPlainText(); }
    void setText(const QString& text);
    /// Tokens and error of the present text.
    void setParsed(const query::Parsed& parsed);
    /// Replaces [begin, end) of the text by `with` in one undoable step; the cursor stands behind it.
    void replace(int begin, int end, const QString& with);
    int cursorPlace() const { return textCursor().position(); }
    /// An input method is composing: the text is not what will be.
    bool composing() const { return m_composing; }
    /// Left edge of the character at `position`, in this widget.
    int leftOf(int position) const;
    QSize sizeHint() const override;

Q_SIGNALS:
    /// The text is another one, by typing or by program.
    void edited();
    /// Also the keys that a line of text has no use for: Tab, Enter, Escape, up, down, Ctrl+Space; accepted when somebody used it.
    void keyPressed(QKeyEvent* event);
    void focusChanged(bool in);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;
    void inputMethodEvent(QInputMethodEvent* event) override;
    void insertFromMimeData(const QMimeData* source) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    void noteChange();
    class Colours;
    Colours* m_colours;
    QString m_lastText;
    bool m_composing = false;
};

} // namespace busbar::controls
