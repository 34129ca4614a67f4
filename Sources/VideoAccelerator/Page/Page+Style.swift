extension Page {
  /// The page's look, light and dark: warm paper or ink, one accent for what matters, a colour for each kind of kernel.
  static let style: Markup = """
    :root {
      color-scheme: light dark;
      --paper: #faf9f6; --card: #ffffff; --ink: #1d1c1a; --soft: #6c6862; --line: #e4e0d8; --pale: 0.2;
      --k0: #2f6fde; --k1: #e8871e; --k2: #16998a; --k3: #b5479d; --k4: #6c9a1f; --k5: #d4483f; --k6: #7b61d3; --k7: #8d8a84;
      --plain: #55606e; --mark: #1d1c1a;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #131417; --card: #1b1d21; --ink: #ebe8e2; --soft: #989389; --line: #2e3036; --pale: 0.24;
        --k0: #6a9cf7; --k1: #f2a54d; --k2: #3fc0af; --k3: #d878c2; --k4: #9cc653; --k5: #ee7a70; --k6: #a48ff0; --k7: #85827c;
        --plain: #8b96a5; --mark: #ffffff;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      font-variant-numeric: tabular-nums;
    }
    main { max-width: 1140px; margin: 0 auto; padding: 40px 24px 64px; }
    h1 { font-size: clamp(30px, 5vw, 46px); line-height: 1.1; letter-spacing: -0.02em; margin: 0 0 10px; overflow-wrap: anywhere; }
    h2 { font-size: 18px; letter-spacing: -0.01em; margin: 0 0 4px; }
    .eyebrow { margin: 0 0 4px; color: var(--soft); font-size: 13px; letter-spacing: 0.08em; text-transform: uppercase; }
    .lead { margin: 0 0 16px; color: var(--soft); max-width: 68ch; font-size: 14px; }
    .facts { margin: 0 0 24px; color: var(--soft); }
    .facts span { display: inline-block; }
    .facts span:not(:last-child)::after { content: "·"; margin: 0 8px; }
    .figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; margin: 0 0 16px; }
    .figures div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 18px; }
    .figures dt { color: var(--soft); font-size: 13px; }
    .figures dd { margin: 0; color: var(--soft); }
    .figures b { color: var(--ink); font-size: 32px; line-height: 1.2; letter-spacing: -0.02em; font-weight: 650; }
    .figures .note, .bar .note { font-size: 12.5px; color: var(--soft); }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px; margin: 16px 0; min-width: 0; }
    .columns { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start; }
    .columns > * { min-width: 0; }
    .columns section { margin: 0; }
    .columns section + section { margin-top: 16px; }
    .columns .bars { margin-top: 12px; }

    .k0 { --c: var(--k0); } .k1 { --c: var(--k1); } .k2 { --c: var(--k2); } .k3 { --c: var(--k3); }
    .k4 { --c: var(--k4); } .k5 { --c: var(--k5); } .k6 { --c: var(--k6); } .k7 { --c: var(--k7); }
    .plain { --c: var(--plain); }

    .strip { display: flex; gap: 5px; }
    .stage { flex: 1 1 0; min-width: 0; container-type: inline-size; }
    .blocks { display: flex; gap: 1px; height: 168px; border-radius: 5px; overflow: hidden; }
    .block { display: flex; flex: 1 1 0; min-width: 0; }
    .seg { flex: 1 1 0; min-width: 0; position: relative; overflow: hidden; }
    .seg::before { content: ""; position: absolute; inset: 0; background: var(--c); opacity: var(--pale); }
    .seg i { position: absolute; left: 0; right: 0; bottom: 0; background: var(--c); }
    .seg:focus-visible { outline: 2px solid var(--mark); outline-offset: -2px; }
    .stage .name { margin-top: 6px; font-size: 12.5px; color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    .stage .name b { display: block; color: var(--ink); font-weight: 600; }
    .stage .short { display: none; }
    @container (max-width: 52px) { .stage .long { display: none; } .stage .short { display: inline; } }
    @container (max-width: 22px) { .stage .name b { visibility: hidden; } }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 14px 0 0; font-size: 13px; color: var(--soft); }
    .key i, .dot { display: inline-block; width: 10px; height: 10px; border-radius: 3px; background: var(--c); margin-right: 7px; }

    .bar { display: grid; grid-template-columns: 1fr auto auto; gap: 0 12px; padding: 4px 6px; border-radius: 6px; font-size: 13.5px; }
    .bar .label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .bar .value { text-align: right; min-width: 5.2ch; }
    .bar .note { grid-column: 1 / -1; }
    .bar .note:empty, .bar .value:empty { display: none; }
    .bar .track { grid-row: 2; grid-column: 1 / -1; height: 7px; margin: 2px 0 3px; border-radius: 4px; background: var(--line); overflow: hidden; }
    .bar .track i { display: block; height: 100%; background: var(--c); border-radius: 4px; }
    @media (min-width: 761px) {
      .narrow .bar { grid-template-columns: minmax(0, 12fr) minmax(40px, 7fr) 6.6ch 5.6ch 10.5ch; align-items: center; gap: 0 10px; padding: 2.5px 6px; font-size: 13px; }
      .narrow .bar .track { grid-row: auto; grid-column: auto; margin: 0; }
      .narrow .bar .note { grid-column: auto; text-align: right; }
    }

    .scroll { overflow-x: auto; }
    .roofline { display: block; width: 100%; min-width: 680px; height: auto; }
    .grid { stroke: var(--line); stroke-width: 1; }
    .tick, .axis, .rooftext { fill: var(--soft); font-size: 12.5px; }
    .axis { font-size: 13.5px; }
    .under { fill: var(--soft); opacity: 0.07; }
    .roof { fill: none; stroke: var(--ink); stroke-width: 1.8; }
    .roof.cache { stroke: var(--soft); stroke-width: 1.4; stroke-dasharray: 5 5; }
    .dots circle.hollow { fill: none; stroke: var(--c); }
    .dots circle { fill: var(--c); fill-opacity: 0.62; stroke: var(--card); stroke-width: 1.2; cursor: default; }

    .curve { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; }
    .band { fill: var(--c); opacity: var(--pale); }
    .curves { display: block; width: 100%; min-width: 320px; height: auto; }
    .columns + .columns { margin-top: 16px; }
    .confusion { display: block; width: 100%; min-width: 300px; height: auto; }
    .confusion .empty { fill: var(--line); opacity: 0.45; }
    .confusion .cell { fill: var(--c); }
    .confusion .cell.on { stroke: var(--mark); stroke-width: 2; }
    .confusion .count { fill: var(--ink); font-size: 12px; pointer-events: none; }
    .confusion .count.over { fill: var(--card); }
    .fitting table { min-width: 0; }
    .fitting td.text { max-width: 60ch; }

    table { border-collapse: collapse; width: 100%; min-width: 980px; font-size: 12.5px; margin-top: 8px; }
    th, td { padding: 5px 7px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
    th.text, td.text { text-align: left; }
    td.text { max-width: 25ch; overflow: hidden; text-overflow: ellipsis; }
    th button { all: unset; cursor: pointer; color: var(--soft); font-weight: 600; }
    th button:focus-visible { outline: 2px solid var(--k0); }
    th[aria-sort=ascending] button::after { content: " ↑"; }
    th[aria-sort=descending] button::after { content: " ↓"; }
    tr:target, tr.on { background: color-mix(in srgb, var(--k1) 18%, transparent); }
    footer { color: var(--soft); font-size: 13.5px; padding: 8px 22px; }
    footer h2 { color: var(--ink); font-size: 15px; }
    footer p { max-width: 90ch; margin: 0 0 8px; }

    .seg.on i, .seg.on::before { filter: brightness(1.15); }
    .seg.on { box-shadow: inset 0 0 0 2px var(--mark); z-index: 1; }
    circle.on { stroke: var(--mark) !important; stroke-width: 2.4 !important; fill-opacity: 0.95 !important; }
    .bar.on { background: color-mix(in srgb, var(--c) 16%, transparent); }
    .dimmed .seg, .dimmed circle { opacity: 0.16; }
    .dimmed .lit { opacity: 1; }
    #tip {
      position: fixed; z-index: 9; pointer-events: none; max-width: min(440px, 92vw); padding: 9px 12px; border-radius: 8px;
      background: var(--ink); color: var(--paper); font-size: 12.5px; line-height: 1.45; white-space: pre-line;
      overflow-wrap: anywhere; box-shadow: 0 6px 24px rgb(0 0 0 / 0.25);
    }
    #tip::first-line { font-weight: 650; }
    @media (max-width: 760px) {
      main { padding: 24px 12px 48px; }
      section { padding: 16px 14px; }
      .columns { grid-template-columns: 1fr; }
      .figures { grid-template-columns: 1fr 1fr; gap: 8px; }
      .figures div { padding: 10px 12px; }
      .figures b { font-size: 25px; }
      .strip { gap: 3px; }
      .blocks { height: 120px; gap: 0; }
      .stage .name { font-size: 10.5px; }
    }
    """
}
