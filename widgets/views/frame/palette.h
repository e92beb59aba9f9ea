// Ctrl+K: type to find a command, a view or a node; Enter runs it. Entries that cannot run now say why and do nothing. GUI thread only.
#pragma once

#include <QDialog>

#include <functional>
#include <vector>

class QLineEdit;
class QListWidget;

namespace busbar::views {

class Commands;

struct PaletteObject {
    QString text, detail, target; ///< target is given back when chosen
};

class CommandPalette : public QDialog {
    Q_OBJECT
public:
    /// `findObjects` returns nodes, racks … for what is typed, at most as many as given.
    CommandPalette(Commands* commands, std::function<std::vector<PaletteObject>(const QString& typed, int limit)> findObjects, QWidget* parent);

Q_SIGNALS:
    void objectChosen(const QString& target);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refill();
    void addCommands(const QString& typed);
    void choose();

    Commands* m_commands;
    std::function<std::vector<PaletteObject>(const QString&, int)> m_findObjects;
    QLineEdit* m_input;
    QListWidget* m_list;
};

} // namespace busbar::views
