extension Page {
  /// The style of graphics: charts, the strip of a network, the film of a video, the confusion matrix.
  static let chartStyle: Markup = """
    .chart {
      display: grid; grid-template-columns: var(--gutter, 52px) minmax(0, 1fr); margin: 4px 0 0; padding-right: 14px;
      container-type: inline-size;
    }
    .axis, .ticks { margin: 0; color: var(--soft); font-size: 12px; line-height: 1; white-space: nowrap; }
    .axis.up { grid-column: 1 / -1; padding: 4px 0 14px; }
    .axis.along { grid-column: 2; text-align: center; padding-top: 8px; }
    .axis:empty { display: none; }
    .axis.up:empty { display: block; padding: 0 0 10px; }
    .ticks.up { grid-column: 1; height: var(--h); position: relative; }
    .ticks.up span { position: absolute; right: 8px; transform: translateY(-50%); }
    .ticks.along { grid-column: 2; height: 20px; position: relative; }
    .ticks.along span { position: absolute; top: 8px; transform: translateX(-50%); }
    .ticks.along:empty { display: none; }
    @container (max-width: 420px) { .ticks .minor { display: none; } }
    .plot { grid-column: 2; width: 100%; height: var(--h); display: block; overflow: visible; }
    .stretched { overflow: visible; }
    .stretched * { vector-effect: non-scaling-stroke; }
    .grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
    .curve { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    .curve.faint { stroke-width: 1; opacity: 0.42; }
    .band { fill: var(--c); opacity: var(--pale); stroke: none; }
    .under { fill: var(--soft); opacity: 0.07; }
    .roof { fill: none; stroke: var(--ink); stroke-width: 1.8; }
    .roof.cache { stroke: var(--soft); stroke-width: 1.4; stroke-dasharray: 5 5; }
    .rooftext { fill: var(--soft); font-size: 12px; paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
    .dots circle { fill: var(--c); fill-opacity: 0.62; stroke: var(--card); stroke-width: 1.2; cursor: default; }
    .dots circle.hollow { fill: none; stroke: var(--c); stroke-width: 1.6; }
    .dots circle:focus-visible { outline: none; stroke: var(--mark); stroke-width: 2.4; }
    circle.on { stroke: var(--mark) !important; stroke-width: 2.4 !important; fill-opacity: 0.95 !important; }

    .strip { display: flex; gap: 5px; }
    .stage { flex: 1 1 0; min-width: 0; container-type: inline-size; }
    .blocks { display: flex; gap: 1px; height: 168px; border-radius: 5px; overflow: hidden; }
    .block { display: flex; flex: 1 1 0; min-width: 0; }
    .seg { flex: 1 1 0; min-width: 0; position: relative; overflow: hidden; }
    .seg::before { content: ""; position: absolute; inset: 0; background: var(--c); opacity: var(--pale); }
    .seg i { position: absolute; left: 0; right: 0; bottom: 0; background: var(--c); }
    .seg:focus-visible { outline: 2px solid var(--mark); outline-offset: -2px; }
    .seg.on i, .seg.on::before { filter: brightness(1.15); }
    .seg.on { box-shadow: inset 0 0 0 2px var(--mark); z-index: 1; }
    .stage .name { margin-top: 6px; font-size: 12px; line-height: 1.35; color: var(--soft); overflow-wrap: anywhere; }
    .stage .name b { display: block; color: var(--ink); font-weight: 600; white-space: nowrap; }
    .stage .short { display: none; }
    @container (max-width: 56px) { .stage .long { display: none; } .stage .short { display: inline; } }
    @container (max-width: 27px) { .stage .name b { visibility: hidden; } }

    .timeline { --gutter: 52px; }
    .film, .spans { margin: 0 14px 0 var(--gutter); display: flex; }
    .film { margin-top: 10px; gap: 2px; overflow: hidden; border-radius: 8px; }
    .film img { flex: 1 1 0; min-width: 0; height: 72px; object-fit: cover; display: block; }
    .spans { margin-top: 6px; }
    .span {
      flex: none; min-width: 0; height: 30px; container-type: inline-size; border-left: 3px solid var(--c); border-right: 1px solid var(--card);
      background: color-mix(in srgb, var(--c) var(--tint), var(--card)); border-radius: 4px; overflow: hidden;
    }
    .hole { flex: none; height: 30px; background: repeating-linear-gradient(135deg, var(--line) 0 1px, transparent 1px 7px); }
    .span span { display: block; padding: 0 6px; line-height: 30px; font-size: 13px; white-space: nowrap; }
    .span.on { outline: 2px solid var(--mark); outline-offset: -2px; }
    .shots { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px 10px; margin-top: 10px; }
    .shots figure { margin: 0; min-width: 0; }
    .shots img { width: 100%; aspect-ratio: 16 / 9; object-fit: contain; background: var(--line); border-radius: 6px; display: block; }
    .shots figcaption { margin-top: 4px; font-size: 12px; color: var(--soft); }
    .shots b { color: var(--ink); }
    .shots .on img { outline: 2px solid var(--mark); }
    .axisonly .plot, .axisonly .ticks.up, .chart.axisonly .axis.up { display: none; }
    .axisonly { margin: 0; }
    .shown { fill: var(--c); opacity: 0.13; }
    .trace .axis.up { padding-bottom: 10px; color: var(--ink); font-size: 13px; white-space: normal; overflow-wrap: anywhere; }
    .trace { margin-top: 14px; }
    .trace:not(:last-of-type) .axis.along { display: none; }

    .matrix { display: flex; flex-wrap: wrap; gap: 24px 40px; align-items: flex-start; }
    .matrix > .scroll { flex: 0 1 auto; max-width: 100%; margin-top: 0; }
    .matrix > .aside { flex: 1 1 280px; min-width: 0; }
    .confusion { width: auto; font-size: 12px; }
    .confusion th, .confusion td { border: none; padding: 0; font-weight: 400; color: var(--soft); }
    .confusion thead th { vertical-align: bottom; padding-bottom: 6px; }
    .confusion thead span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 160px; white-space: normal; line-height: 1.15; text-align: left; }
    .confusion tbody th { padding-right: 8px; max-width: 180px; white-space: normal; overflow-wrap: anywhere; line-height: 1.2; vertical-align: middle; }
    .confusion .cell {
      width: var(--s); min-width: var(--s); height: var(--s); text-align: center; vertical-align: middle; color: var(--ink);
      border: 1px solid var(--card); border-radius: 4px; background: color-mix(in srgb, var(--c) calc(var(--most) * var(--share)), var(--empty));
      --empty: color-mix(in srgb, var(--line) 45%, var(--card));
    }
    .confusion .cell.on { box-shadow: inset 0 0 0 2px var(--mark); }
    .confusion .corner { font-size: 11.5px; text-align: left; line-height: 1.3; }
    @media (max-width: 760px) {
      .chart { padding-right: 10px; }
      .chart, .timeline { --gutter: 42px; }
      .film, .spans { margin-right: 10px; }
      .film img { height: 52px; }
      .film img:nth-child(even) { display: none; }
      .strip { gap: 3px; }
      .blocks { height: 120px; gap: 0; }
      .stage .name { font-size: 10.5px; }
      .confusion tbody th { max-width: 110px; }
    }
    """
}
