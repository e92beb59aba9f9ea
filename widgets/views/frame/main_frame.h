// A window of the console: rail, band, chip row, stale bar, the views in a stack, status line; its commands, keys, palette, help sheet.
// It owns the widgets given to it, knows nothing of sessions, and emits what a person wants. Many windows may show the same data.
// GUI thread only.
#pragma once

#include "widgets/views/frame/bars.h"
#include "widgets/views/frame/commands.h"
#include "widgets/views/frame/frame_facts.h"
#include "widgets/views/frame/nav_rail.h"
#include "widgets/views/frame/palette.h"

#include <QMainWindow>

class QSettings;
class QStackedWidget;

namespace busbar::views {

class TopBand;

class MainFrame : public QMainWindow {
    Q_OBJECT
public:
    explicit MainFrame(QWidget* parent = nullptr);

    /// A view on the rail with the chord `keys` ("G, O"). `hint` is its line of keys in the status line.
    void addView(const QString& id, const QString& title, RailIcon icon, const QString& keys, QWidget* view, const QString& hint);
    /// A view that is not on the rail (node, welcome): lit under `railId`.
    void addDetail(const QString& id, QWidget* view, const QString& railId, const QString& hint);
    void showView(const QString& id);
    QString currentView() const { return m_current; }
    QWidget* view(const QString& id) const;

    Commands& commands() { return *m_commands; }
    TopBand& band() { return *m_band; }
    ChipRow& chips() { return *m_chips; }
    StatusLine& status() { return *m_status; }
    StaleBar& staleBar() { return *m_stale; }
    NavRail& rail() { return *m_rail; }

    /// Paints facts everywhere they are shown.
    void setFacts(const FrameFacts& facts);
    void setPaletteObjects(std::function<std::vector<PaletteObject>(const QString&, int)> find);

    /// Size, place and screen, by the screen's name; a window whose screen is gone comes back on the primary one.
    void saveTo(QSettings& settings) const;
    void restoreFrom(QSettings& settings);

public Q_SLOTS:
    void openPalette();
    void openKeys();

Q_SIGNALS:
    void viewShown(const QString& id);
    void viewRequested(const QString& id);
    void objectChosen(const QString& target);
    void closing();

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    struct View {
        QString id, railId, hint;
        QWidget* widget;
    };
    const View* findView(const QString& id) const;

    Commands* m_commands;
    NavRail* m_rail;
    TopBand* m_band;
    ChipRow* m_chips;
    StaleBar* m_stale;
    QStackedWidget* m_stack;
    StatusLine* m_status;
    std::vector<View> m_views;
    QString m_current;
    std::function<std::vector<PaletteObject>(const QString&, int)> m_findObjects;
};

} // namespace busbar::views
