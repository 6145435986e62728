// Search from the disk. A page that was opened as a file may start no worker, so that of the search runs in a hidden
// frame. MkDocs Material would fetch a script for this at each visit.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.inside = new Promise((started) => {
        frame.addEventListener("load", async () => {
          const inside = frame.contentWindow;
          const load = (source) => new Promise((loaded) => {
            const script = inside.document.createElement("script");
            script.onload = loaded;
            script.src = source;
            inside.document.body.append(script);
          });
          inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
          inside.importScripts = async (...sources) => {
            for (const source of sources) await load(source);
          };
          await load(url);
          started(inside);
        }, { once: true });
      });
      document.body.append(frame);
    }

    async postMessage(data) {
      const inside = await this.inside;
      inside.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
}
