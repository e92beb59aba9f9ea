// One line of text in which each piece has its own tone, weight, sign or link: the building block of heads, captions and tables' corners.
// Elides its last text at the right edge; the whole text stands in the tooltip and in the accessible name. GUI thread only.
#pragma once

#include "widgets/views/parts/look.h"

#include <QVector>
#include <QWidget>

namespace busbar::views {

struct Run {
    QString text;
    Tone tone = Tone::text;
    bool bold = false;
    int px = kDensePx;
    bool mono = false;
    Sign sign = Sign::none; ///< drawn before the text
    bool boxed = false;     ///< a chip: a frame round the text
    QString link;           ///< not empty: a link; emitted by linkActivated
    int gap = 8;            ///< space after the piece
    bool operator==(const Run&) const = default;
};
using Runs = QVector<Run>;

Run plain(const QString& text, Tone tone = Tone::text, int px = kDensePx);
Run strong(const QString& text, int px = kDensePx, Tone tone = Tone::text);
Run chip(const QString& text, Sign sign = Sign::none);
Run linkRun(const QString& text, const QString& target);
Run signRun(Sign sign, int px = 16);

class Line : public QWidget {
    Q_OBJECT
public:
    explicit Line(QWidget* parent = nullptr, Runs runs = {});

    void setRuns(Runs runs);
    const Runs& runs() const { return m_runs; }
    /// All pieces, separated by spaces.
    QString text() const;
    /// Height of the line; 0 (the default) fits the largest piece.
    void setLineHeight(int px);
    void setAlignment(Qt::Alignment alignment);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void linkActivated(const QString& target);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Box {
        int index = 0;
        QRect rect;
    };
    QVector<Box> layoutRuns(int width) const;
    int runWidth(const Run& run) const;
    int naturalWidth() const;
    void paintRun(QPainter& painter, const Run& run, const QRect& rect, bool focused) const;
    int linkAt(const QPoint& position) const;
    void moveFocus(int step);
    void updateTip();

    Runs m_runs;
    int m_height = 0;
    int m_focusedLink = -1;
    Qt::Alignment m_alignment = Qt::AlignLeft;
};

} // namespace busbar::views
