// What a script of another site can try on an address. Each way resolves once it ended, with what became readable:
// `bytes` of the answer, and `seen`, whether the browser showed or ran it.
(() => {
  "use strict";
  const SECONDS = 30;
  const nothing = { bytes: "", seen: false };
  const page = () => document.body ?? document.documentElement;

  const ended = (start) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ ...nothing, late: true }), SECONDS * 1000);
      const done = (found) => { clearTimeout(timer); resolve({ ...nothing, ...found }); };
      try { start(done); } catch (error) { done({ said: String(error) }); }
    });

  const element = (tag, attributes, read = () => ({})) =>
    ended((done) => {
      const made = document.createElement(tag);
      made.onload = () => done({ seen: true, ...read(made) });
      made.onerror = () => done({});
      Object.assign(made, attributes);
      page().append(made);
    });

  // A frame's content, if its origin lets it be read.
  const framed = (frame) => {
    try { return { seen: false, bytes: frame.contentDocument?.documentElement.outerHTML ?? "" }; }
    catch { return { seen: false }; }
  };

  const pixels = (image) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
    try {
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0, 8, 8);
      return { bytes: [...context.getImageData(0, 0, 8, 8).data].join() };
    } catch { return {}; }
  };

  const fetched = async (url, options) => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(SECONDS * 1000), ...options });
      return { ...nothing, bytes: answer.ok ? await answer.text() : "", status: answer.status, refusal: answer.ok ? "" : await answer.text() };
    } catch (error) { return { ...nothing, said: String(error) }; }
  };

  const submitted = (url, { method = "post", enctype = "application/x-www-form-urlencoded", fields = {} }) =>
    ended((done) => {
      const name = `frame-${Math.random()}`;
      const frame = Object.assign(document.createElement("iframe"), { name });
      const form = Object.assign(document.createElement("form"), { method, enctype, action: url, target: name });
      for (const [key, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name: key, value }));
      }
      page().append(frame, form);
      frame.onload = () => done(framed(frame));
      form.submit();
    });

  const worker = (url, script) =>
    ended((done) => {
      const made = new Worker(URL.createObjectURL(new Blob([script])));
      made.onmessage = ({ data }) => done({ bytes: data });
      made.onerror = () => done({});
      made.postMessage(url);
    });

  const ways = {
    fetch: fetched,
    xhr: (url, { method = "GET", headers = {}, body = null }) =>
      ended((done) => {
        const asked = new XMLHttpRequest();
        asked.onload = () => done(asked.status < 400 ? { bytes: asked.responseText } : {});
        asked.onerror = asked.onabort = () => done({});
        asked.open(method, url);
        for (const [name, value] of Object.entries(headers)) asked.setRequestHeader(name, value);
        asked.send(body);
      }),
    beacon: async (url, { body = "", type = "text/plain" }) => {
      navigator.sendBeacon(url, new Blob([body], { type }));
      return nothing;
    },
    ping: async (url) => {
      const link = Object.assign(document.createElement("a"), { href: "#", ping: url });
      page().append(link);
      link.click();
      return nothing;
    },
    form: submitted,
    img: (url) => element("img", { src: url }, pixels),
    imgCors: (url) => element("img", { crossOrigin: "use-credentials", src: url }, pixels),
    inputImage: (url) => element("input", { type: "image", src: url }),
    script: (url) => element("script", { src: url }),
    module: (url) => element("script", { type: "module", src: url }),
    style: (url) => element("link", { rel: "stylesheet", href: url }),
    preload: (url) => element("link", { rel: "preload", as: "fetch", href: url }, () => ({ seen: false })),
    prefetch: (url) => element("link", { rel: "prefetch", href: url }, () => ({ seen: false })),
    iframe: (url) => element("iframe", { src: url }, framed),
    sandboxed: (url) => element("iframe", { sandbox: "allow-scripts", src: url }, framed),
    object: (url) => element("object", { data: url }, framed),
    embed: (url) => element("embed", { src: url }, () => ({ seen: false })),
    video: (url) =>
      ended((done) => {
        const made = Object.assign(document.createElement("video"), { src: url, preload: "auto" });
        made.onloadeddata = () => done({ seen: true });
        made.onerror = () => done({});
        page().append(made);
      }),
    font: (url) =>
      ended((done) => new FontFace("stolen", `url(${JSON.stringify(url)})`).load().then(() => done({ seen: true }), () => done({}))),
    background: async (url) => {
      page().style.backgroundImage = `url(${JSON.stringify(url)})`;
      return nothing;
    },
    events: (url) =>
      ended((done) => {
        const source = new EventSource(url, { withCredentials: true });
        const stop = (found) => { source.close(); done(found); };
        source.onmessage = ({ data }) => stop({ bytes: data });
        source.onopen = () => stop({ seen: true });
        source.onerror = () => stop({});
      }),
    socket: (url) =>
      ended((done) => {
        const made = new WebSocket(url.replace(/^http/, "ws"));
        made.onopen = () => { made.close(); done({ seen: true }); };
        made.onmessage = ({ data }) => done({ bytes: String(data) });
        made.onerror = () => done({});
      }),
    worker: (url) => worker(url, "onmessage=({data})=>fetch(data).then(a=>a.ok?a.text():'').then(t=>postMessage(t),()=>postMessage(''))"),
    imported: (url) => worker(url, "onmessage=({data})=>{try{importScripts(data)}catch{}postMessage('')}"),
    opened: (url) =>
      ended((done) => {
        const other = window.open(url, "_blank", "popup");
        if (other === null) { done({}); return; }
        const started = Date.now();
        const look = () => {  // it turns into another origin's, or into none, once something came
          let text = "";
          try {
            text = other.document.documentElement.outerHTML;
            if (other.location.href === "about:blank" && Date.now() - started < 5000) { setTimeout(look, 50); return; }
          } catch { text = ""; }
          other.close();
          done({ bytes: text.includes("about:blank") || text === "<html><head></head><body></body></html>" ? "" : text });
        };
        look();
      }),
  };

  window.attempt = async ([way, url, options]) => {
    const found = await ways[way](url, options ?? {});
    const timed = performance.getEntriesByName(url).map((one) => one.transferSize + one.encodedBodySize + one.decodedBodySize);
    return { ...found, timed: timed.reduce((sum, one) => sum + one, 0) };
  };
})();
