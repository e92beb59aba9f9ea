// All that keys, palette and rail can do in a window: one list, so that the help sheet, the palette and the tooltips never differ. GUI thread only.
#pragma once

#include <QAction>
#include <QKeySequence>
#include <QObject>
#include <QString>

#include <functional>
#include <vector>

class QWidget;

namespace busbar::views {

class Commands : public QObject {
    Q_OBJECT
public:
    struct Entry {
        QString id, title, keys, group;
        QAction* action = nullptr;
        std::function<QString()> whyNot; ///< a reason while it cannot run; empty or null: it can
    };

    explicit Commands(QWidget* window);

    /// `keys`: "Ctrl+K", "G, O", "?"; empty for none. The action is added to the window.
    QAction* add(const QString& id, const QString& title, const QString& keys, const QString& group, std::function<void()> run, std::function<QString()> whyNot = {});
    /// Keys handled by views themselves: only listed.
    void note(const QString& title, const QString& keys, const QString& group);
    const std::vector<Entry>& entries() const { return m_entries; }
    const Entry* find(const QString& id) const;
    /// Runs it unless a reason stands against it; returns that reason.
    QString run(const QString& id);

Q_SIGNALS:
    /// A key was pressed whose command cannot run now.
    void refused(const QString& title, const QString& reason);

private:
    QWidget* m_window;
    std::vector<Entry> m_entries;
    std::vector<std::function<void()>> m_runs;
};

/// "G, O" as people read it: "g o".
QString keyCapText(const QString& keys);

} // namespace busbar::views
