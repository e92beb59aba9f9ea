// The heatmap screen (design/mock/2-heatmap.png): toolbar, canvas, selection bar, and the dock with minimap, legend, marks and loupe.
// It shows the fleet it is given and says what a person wants; it starts nothing. GUI thread only.
#pragma once

#include "domain/fleet_batch.h"
#include "items/match_watch.h"
#include "widgets/controls/heatmap/heat_histogram.h"
#include "widgets/controls/heatmap/heatmap_control.h"
#include "widgets/views/parts/fleet_view.h"

namespace busbar::views {

class HeatLegend;
class HeatLoupe;
class HeatMarks;
class HeatMinimap;
class HeatToolbar;
class HoverCard;
class Line;
class HeatSelectionBar;

class HeatmapView : public FleetView {
    Q_OBJECT
public:
    explicit HeatmapView(items::NodeSelection& selection, QWidget* parent = nullptr);
    ~HeatmapView() override;

    void setFleet(const store::FleetPtr& fleet, std::int64_t nowWallMs) override;
    void setQuery(const query::QueryPtr& query, const QString& text) override;

    /// Puts the cursor on a node of the fleet on show; one that it does not have moves nothing.
    void showNode(const QString& id);
    /// The answer to detailWanted; one about another node than the card's is dropped.
    void setDetail(const QString& id, StatusOr<NodeDetail> detail);

    controls::HeatmapControl& canvas() { return *m_canvas; }
    const controls::HeatScene& scene() const { return m_scene; }

Q_SIGNALS:
    /// The card stands beside a cell of this node: what the fleet's columns do not have of it is wanted.
    void detailWanted(const QString& id);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* makeDock();
    void connectCanvas();
    void connectPanels();
    /// Shows the scene everywhere; `byPerson`: something was chosen, so that nothing waits for its period.
    void refresh(bool byPerson);
    void showSelection();
    void showLoupe();
    void restAt(const QPoint& position);
    void showCard();
    void sayStatus();
    void plan();
    QString idOf(std::uint32_t site, std::uint32_t node) const;

    controls::HeatScene m_scene;
    controls::HeatHistogram m_histogram;
    items::MatchWatch m_matches;
    std::int64_t m_nowWallMs = 0;
    HeatToolbar* m_toolbar;
    controls::HeatmapControl* m_canvas;
    HeatSelectionBar* m_bar;
    HeatMinimap* m_minimap;
    HeatLegend* m_legend;
    HeatMarks* m_marks;
    HeatLoupe* m_loupe;
    HoverCard* m_card;
    QPoint m_cardPosition;
    QString m_cardNode; ///< whose detail was asked for last
    std::optional<NodeDetail> m_cardDetail;
    QWidget* m_minimapPanel = nullptr;
    Line *m_minimapHead = nullptr, *m_legendHead = nullptr, *m_loupeHead = nullptr;
};

} // namespace busbar::views
