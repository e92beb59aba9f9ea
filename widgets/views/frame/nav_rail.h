// The 64 px rail at the left: the views of the console, settings and keys. GUI thread only.
#pragma once

#include <QAbstractButton>
#include <QWidget>

class QAction;
class QVBoxLayout;

namespace busbar::views {

/// Pictures of the rail, drawn by path.
enum class RailIcon : unsigned char { overview, heatmap, nodes, actions, settings, keys };

class RailButton : public QAbstractButton {
    Q_OBJECT
public:
    RailButton(RailIcon icon, const QString& title, const QString& keys, QWidget* parent);
    QSize sizeHint() const override { return {64, 58}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    RailIcon m_icon;
    QString m_keys;
};

class NavRail : public QWidget {
    Q_OBJECT
public:
    explicit NavRail(QWidget* parent = nullptr);
    /// A view's button; checked while `id` is current.
    void addView(const QString& id, RailIcon icon, QAction* action, const QString& title);
    /// A button at the foot.
    void addFoot(RailIcon icon, QAction* action, const QString& title);
    void setCurrent(const QString& id);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    RailButton* makeButton(RailIcon icon, QAction* action, const QString& title);
    QVBoxLayout* m_column;
    int m_views = 0;
};

} // namespace busbar::views
