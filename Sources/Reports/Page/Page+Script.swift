extension Page {
  /// The script of all pages: tips, highlighting of everything that belongs to a step, dimming of other kinds, and
  /// sorting. `data-script` on the root says whether it has run completely.
  static let script: Markup = """
    (() => {
      const root = document.documentElement;
      window.addEventListener("error", (event) => { root.dataset.script = "error: " + event.message; });
      const all = (selector) => [...document.querySelectorAll(selector)];
      const tip = document.getElementById("tip");

      // What a title says without a script, a tip says with one.
      for (const element of all("[data-step]")) {
        const title = element.querySelector("title");
        const text = element.getAttribute("title") || (title && title.textContent);
        element.removeAttribute("title");
        if (title) title.remove();
        const show = (x, y) => {
          for (const other of all('[data-step="' + element.dataset.step + '"]')) other.classList.add("on");
          if (!text) return;
          tip.textContent = text;
          tip.hidden = false;
          const box = tip.getBoundingClientRect();
          tip.style.left = Math.max(8, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
          tip.style.top = (y + 18 + box.height > innerHeight ? y - box.height - 12 : y + 18) + "px";
        };
        const hide = () => {
          for (const other of all(".on")) other.classList.remove("on");
          tip.hidden = true;
        };
        element.addEventListener("pointerenter", (event) => show(event.clientX, event.clientY));
        element.addEventListener("pointermove", (event) => show(event.clientX, event.clientY));
        element.addEventListener("pointerleave", hide);
        element.addEventListener("focus", () => {
          const box = element.getBoundingClientRect();
          show(box.left, box.bottom);
        });
        element.addEventListener("blur", hide);
      }

      for (const key of all("[data-kind]")) {
        key.addEventListener("pointerenter", () => {
          document.body.classList.add("dimmed");
          for (const element of all(".seg, circle")) element.classList.toggle("lit", element.classList.contains(key.dataset.kind));
        });
        key.addEventListener("pointerleave", () => document.body.classList.remove("dimmed"));
      }

      // A text that is cut off is hidden; its tip and the legend have it.
      const fit = () => {
        for (const text of all("[data-fits]")) text.style.visibility = text.scrollWidth > text.clientWidth ? "hidden" : "";
      };
      fit();
      addEventListener("resize", fit);

      for (const table of all("table.sortable")) {
        const headers = [...table.tHead.rows[0].cells];
        headers.forEach((header, column) => header.querySelector("button").addEventListener("click", () => {
          const isText = header.classList.contains("text");
          const descends = header.ariaSort ? header.ariaSort === "ascending" : !isText && column > 0;
          for (const other of headers) other.ariaSort = null;
          header.ariaSort = descends ? "descending" : "ascending";
          const number = (text) => Number.isNaN(parseFloat(text)) ? -1e300 : parseFloat(text);
          const value = (row) => row.cells[column].textContent;
          const body = table.tBodies[0];
          const rows = [...body.rows].sort((a, b) => isText
            ? value(a).localeCompare(value(b), undefined, { numeric: true }) : number(value(a)) - number(value(b)));
          body.append(...(descends ? rows.reverse() : rows));
        }));
      }
      root.dataset.script = root.dataset.script || "ok";
    })();
    """
}
