// Grounds with hairlines, buttons that show their key, and wrapped text: what views are put together from. GUI thread only.
#pragma once

#include "widgets/views/parts/line.h"

#include <QLabel>
#include <QPushButton>
#include <QWidget>

class QBoxLayout;
class QDialog;
class QHBoxLayout;
class QVBoxLayout;

namespace busbar::views {

/// A ground of one tone with 1 px lines on the sides asked for.
class Surface : public QWidget {
    Q_OBJECT
public:
    explicit Surface(Tone ground, Qt::Edges lines = {}, QWidget* parent = nullptr);
    void setGround(Tone ground);
    void setLineTone(Tone line);
    /// An edge of `px` in `edge` along the left (a warning band) or the top (a dialog's verb).
    void setAccent(Qt::Edge side, int px, Tone edge);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Tone m_ground;
    Tone m_line = Tone::line;
    Qt::Edges m_lines;
    Qt::Edge m_accentSide = Qt::TopEdge;
    Tone m_accent = Tone::line;
    int m_accentPx = 0;
};

/// A push button of the pictures: panel ground, hairline, 3 px radius; its shortcut in a key cap; 2 px ring when default or focused;
/// dashed and muted when disabled.
class Button : public QPushButton {
    Q_OBJECT
public:
    explicit Button(const QString& text, const QString& keyCap = {}, QWidget* parent = nullptr);
    ~Button() override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }
    /// 26 as a rule, 32 in a dialog's foot.
    void setButtonHeight(int px);

protected:
    void paintEvent(QPaintEvent* event) override;
    /// Enter presses the focused button; from elsewhere in a dialog the default one. The one that it presses has the ring.
    void keyPressEvent(QKeyEvent* event) override;

private:
    QString m_keyCap;
    int m_buttonHeight = 26;
};

/// Wrapped text in one tone.
class Paragraph : public QLabel {
    Q_OBJECT
public:
    explicit Paragraph(const QString& text = {}, Tone tone = Tone::secondary, int px = kDensePx, QWidget* parent = nullptr);
    void setTone(Tone tone);

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyTone();
    Tone m_tone;
};

/// A horizontal hairline with 8 px above and 2 below.
QWidget* makeRule(QWidget* parent = nullptr);
/// Layouts without margins; `gap` between items.
QHBoxLayout* rowLayout(QWidget* owner = nullptr, int gap = 8);
QVBoxLayout* columnLayout(QWidget* owner = nullptr, int gap = 0);
/// Foot of a dialog that only shows: one button that closes it.
QHBoxLayout* closeFoot(QDialog& dialog);
/// Head of a panel: 30 px, bold title, muted caption, hairline below. `caption` is kept for updates when wanted.
Surface* makePanelHead(const QString& title, Line** line = nullptr, QWidget* parent = nullptr);
/// Title and caption of a section inside a panel: 26 px.
Line* makeSection(const QString& title, const QString& caption = {}, QWidget* parent = nullptr);
void paintKeyCap(QPainter& painter, const QRectF& box, const QString& key);
int keyCapWidth(const QString& key);

} // namespace busbar::views
