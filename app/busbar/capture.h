// A picture of a window once it shows what it is meant to: every site of the profile has data, and what the view needs besides has come.
// GUI thread only.
#pragma once

#include "busbar/live_fleet.h"
#include "busbar/view_ref.h"

#include <QDeadlineTimer>
#include <QTimer>

namespace busbar::console {

class Window;

class Capture : public QObject {
    Q_OBJECT
public:
    enum Exit { kWritten = 0, kFailed = 1, kNoData = 3 };
    /// How long a site may take.
    static constexpr int kLimitMs = 20'000;

    /// The window is at `where` and has the size of the picture.
    Capture(LiveFleet& live, Window& window, ViewRef where, QString file, QObject* parent = nullptr);

Q_SIGNALS:
    /// Once; `sentence` is empty when the picture was written.
    void finished(int exitCode, const QString& sentence);

private:
    void look();
    void end(int exitCode, const QString& sentence);
    /// What is still awaited, as a sentence; empty: nothing.
    QString missing() const;
    QString siteMissing() const;
    bool nodeUnknown() const;
    bool hasTrend() const;
    void takePicture();

    LiveFleet& m_live;
    Window& m_window;
    const ViewRef m_where;
    const QString m_file;
    QDeadlineTimer m_limit{kLimitMs};
    QTimer m_poll;
    int m_settled = 0; ///< polls in a row without anything missing
};

} // namespace busbar::console
