// A row of words of which one is chosen: the switches of toolbars ("fill  SM active % | power | temp"). Each word is a radio button for keys
// and for assistive technology. GUI thread only.
#pragma once

#include "widgets/views/parts/look.h"

#include <QAbstractButton>
#include <QStringList>
#include <QWidget>

#include <vector>

class QButtonGroup;

namespace busbar::views {

class SegmentButton : public QAbstractButton {
    Q_OBJECT
public:
    SegmentButton(const QString& text, QWidget* parent);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
};

class Segments : public QWidget {
    Q_OBJECT
public:
    /// `name`: what is chosen, for assistive technology ("fill").
    Segments(const QString& name, const QStringList& words, QWidget* parent = nullptr);
    /// Emits nothing; -1: none is chosen.
    void setCurrent(int index);
    int current() const;
    /// Other words for a choice: "Events 12".
    void setWord(int index, const QString& word);
    void setWordVisible(int index, bool visible);

Q_SIGNALS:
    /// A person chose a word.
    void chosen(int index);

private:
    QString nameOf(const QString& word) const { return accessibleName() + QLatin1Char(' ') + word; }
    QButtonGroup* m_group;
};

} // namespace busbar::views
