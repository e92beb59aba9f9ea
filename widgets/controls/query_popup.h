// What completion offers, under the token it is for: a row a suggestion with its count and bar, or the sentence of an error with its fix.
// Never takes the focus. A child of the window, over whatever is there. GUI thread only.
#pragma once

#include "widgets/controls/query_worker.h"

#include <QWidget>

namespace busbar::controls {

class QueryPopup : public QWidget {
    Q_OBJECT
public:
    explicit QueryPopup(QWidget* parent);

    void showCompletion(const CompletionPtr& completion);
    /// One sentence, and what Enter would do ("gpu.util"; empty: nothing).
    void showError(const QString& sentence, const QString& fix);
    /// Suggestions are shown, not an error.
    bool offers() const { return isVisible() && m_completion && !m_completion->items.empty(); }
    const query::Suggestion* current() const;
    const CompletionPtr& completion() const { return m_completion; }
    /// A person moved the choice: Enter takes it.
    bool moved() const { return m_moved; }
    void move(int rows);
    using QWidget::move;
    /// What is chosen, in words, for people who do not see it.
    QString spoken() const;
    QSize sizeHint() const override;

Q_SIGNALS:
    void accepted(bool exclude);
    void fixAccepted();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;

private:
    int rowsShown() const;
    int rowAt(const QPoint& place) const;
    QRect rowRect(int shown) const;
    void paintHead(QPainter& painter) const;
    void paintRow(QPainter& painter, const QRect& box, const query::Suggestion& item, bool chosen, bool separated) const;
    void paintFoot(QPainter& painter) const;
    void paintError(QPainter& painter) const;
    void choose(int row);

    CompletionPtr m_completion;
    QString m_sentence, m_fix;
    int m_current = 0, m_first = 0;
    bool m_moved = false;
};

} // namespace busbar::controls
