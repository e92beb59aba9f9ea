#include "widgets/views/frame/commands.h"

#include <QWidget>

namespace busbar::views {

Commands::Commands(QWidget* window) : QObject(window), m_window(window) {}

QAction* Commands::add(const QString& id, const QString& title, const QString& keys, const QString& group, std::function<void()> run, std::function<QString()> whyNot) {
    auto* action = new QAction(title, m_window);
    action->setObjectName(id);
    if (!keys.isEmpty()) {
        action->setShortcut(QKeySequence(keys));
        action->setShortcutContext(Qt::WindowShortcut);
        action->setAutoRepeat(false);
    }
    action->setToolTip(keys.isEmpty() ? title : QStringLiteral("%1 (%2)").arg(title, keyCapText(keys)));
    m_window->addAction(action);
    m_entries.push_back({id, title, keys, group, action, std::move(whyNot)});
    m_runs.push_back(std::move(run));
    connect(action, &QAction::triggered, this, [this, id] {
        const QString reason = this->run(id);
        if (!reason.isEmpty()) Q_EMIT refused(find(id)->title, reason);
    });
    return action;
}

void Commands::note(const QString& title, const QString& keys, const QString& group) {
    m_entries.push_back({{}, title, keys, group, nullptr, {}});
    m_runs.emplace_back();
}

const Commands::Entry* Commands::find(const QString& id) const {
    for (const Entry& entry : m_entries)
        if (entry.id == id) return &entry;
    return nullptr;
}

QString Commands::run(const QString& id) {
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (m_entries[i].id != id) continue;
        const QString reason = m_entries[i].whyNot ? m_entries[i].whyNot() : QString();
        if (reason.isEmpty() && m_runs[i]) {
            const auto run = m_runs[i]; // a command may close the window and this list with it
            run();
        }
        return reason;
    }
    return QStringLiteral("there is no such command");
}

QString keyCapText(const QString& keys) {
    QString text = keys;
    // Chords of plain letters read in lower case, as they are typed; "Ctrl+K" stays.
    if (text.contains(QStringLiteral(", "))) text = text.toLower().replace(QStringLiteral(", "), QStringLiteral(" "));
    else if (text.size() == 1) text = text.toLower();
    return text;
}

} // namespace busbar::views
