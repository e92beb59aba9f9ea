// The GPUs of one node below each other on one time axis (design/mock/4-node.png): per GPU a line above and an area below, an event lane
// on top, one cursor through all. Drawn by itself: at most the lowest and the highest value of each pixel column, kept in a pixmap that
// is made anew only when a column is complete, the window moves, or the look changes; cursor and captions are painted over it.
// Keys: W S zoom, A D pan, Up Down choose a strip, Left Right move the cursor, Enter opens the strip, Esc clears the window, Home now.
// GUI thread only.
#pragma once

#include "domain/metric.h"
#include "items/neighbour_band.h"
#include "items/node_history.h"
#include "widgets/controls/marks.h"
#include "widgets/controls/time_window.h"

#include <QPixmap>
#include <QString>
#include <QVector>
#include <QWidget>

#include <cstdint>
#include <optional>
#include <utility>

namespace busbar::controls {

struct TraceFrame;

/// What is drawn of a metric: values at the bottom and at the top of its place.
struct StripScale {
    Metric metric = Metric::unknown;
    QString label; ///< "SM active"
    QString unit; ///< "%"
    double low = 0, high = 100;
    bool operator==(const StripScale&) const = default;
};

/// Left of a strip, and why it has no line.
struct StripCaption {
    QString title, first, second;
    Sign sign = Sign::none;
    QString upperMissing, lowerMissing; ///< "not supported": shown in place of an empty line
    bool stale = false; ///< last values: muted, italic, hatched
    bool operator==(const StripCaption&) const = default;
};

/// Something that happened: in the lane when it has words, through its strip when it names one (else through all when `critical`).
struct StripMark {
    std::int64_t wallMs = 0;
    int strip = -1;
    Sign sign = Sign::none;
    QString text; ///< of the lane
    QString stripText; ///< beside the line in its strip: "XID 63"
    bool critical = false;
    bool operator==(const StripMark&) const = default;
};

class StripChart : public QWidget {
    Q_OBJECT
public:
    static constexpr int kCaptionWidth = 118, kLaneHeight = 80, kShortLane = 42, kAxisHeight = 20, kStripHeight = 75, kShortestStrip = 54,
                         kTallestStrip = 150;

    /// `history` outlives the chart.
    explicit StripChart(const items::NodeHistory& history, QWidget* parent = nullptr);

    /// `named`: further metrics whose values stand beside the cursor.
    void setScales(const StripScale& upper, const StripScale& lower, const QVector<StripScale>& named = {});
    const StripScale& upper() const { return m_upper; }
    const StripScale& lower() const { return m_lower; }
    /// What is usual nearby, behind the line of every strip; outlives the chart. nullptr: none.
    void setBand(const items::NeighbourBand* band);
    void setCaptions(QVector<StripCaption> captions);
    void setMarks(QVector<StripMark> marks);
    /// Now, by the site's clock. Paints anew when a pixel column is complete.
    void setNow(std::int64_t siteWallMs);
    /// The controller's answer came: everything may have changed.
    void refresh();

    const TimeWindow& window() const { return m_window; }
    void setSpan(std::int64_t spanMs);
    void setWindow(const TimeWindow& window);
    int currentStrip() const { return m_strip; }
    void setCurrentStrip(int strip);
    /// What a person marked by dragging; from == until: nothing.
    std::pair<std::int64_t, std::int64_t> marked() const { return m_marked; }
    void clearMarked();
    /// How often the pixmap was made; for tests and benchmarks.
    std::uint64_t paintings() const { return m_paintings; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void stripOpened(int strip);
    /// Zoomed or panned by a person.
    void windowChanged();
    void windowMarked(qint64 fromMs, qint64 untilMs);
    /// Moment under the cursor; 0: none.
    void cursorMoved(qint64 wallMs, int strip);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    int strips() const { return static_cast<int>(m_captions.size()); }
    /// Where there is no room for strips of kStripHeight, the lane gives way first.
    int laneHeight() const;
    int stripHeight() const;
    QRect stripRect(int strip) const;
    QRect plotRect() const;
    int stripAt(const QPoint& position) const;
    std::int64_t timeAt(double x) const;
    double xOf(std::int64_t wallMs) const;
    double msPerColumn() const;
    TraceFrame frameOf(const QRectF& area, const StripScale& scale) const;

    void invalidate();
    void paintCache();
    void paintStrip(QPainter& painter, int strip) const;
    void paintTrace(QPainter& painter, int strip, const StripScale& scale, const QRectF& area, const QString& missing, bool lower) const;
    void paintLane(QPainter& painter) const;
    void paintStripMarks(QPainter& painter) const;
    void paintAxis(QPainter& painter) const;
    void paintCaption(QPainter& painter, int strip) const;
    void paintMarked(QPainter& painter) const;
    void paintCursor(QPainter& painter) const;
    QStringList cursorWords() const;
    QString valueWords(const StripScale& scale, int strip, std::int64_t wallMs) const;

    void zoomBy(double factor, std::int64_t aroundMs);
    void panBy(double share);
    void moveCursor(std::int64_t wallMs, int strip);
    void nameStrip();

    const items::NodeHistory& m_history;
    const items::NeighbourBand* m_band = nullptr;
    StripScale m_upper, m_lower;
    QVector<StripScale> m_named;
    QVector<StripCaption> m_captions;
    QVector<StripMark> m_marks;
    TimeWindow m_window;
    std::int64_t m_endColumn = 0;
    QPixmap m_cache;
    bool m_cacheValid = false;
    std::uint64_t m_paintings = 0;
    int m_strip = 0;
    std::int64_t m_cursorMs = 0;
    std::optional<std::int64_t> m_dragFromMs;
    std::pair<std::int64_t, std::int64_t> m_marked{0, 0};
};

} // namespace busbar::controls
