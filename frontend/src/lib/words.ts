const TEXTS = {
  en: {
    squareMiles: "square miles",
    tooSmall: "Too small: at least {limit} square miles.",
    tooLarge: "Too large: at most {limit} square miles.",
    fits: "Within the policy’s limits, {min} to {max} square miles.",
    nothingDrawn: "No area yet. Allowed: {min} to {max} square miles.",
    drawPolygon: "Draw corners",
    drawCircle: "Draw a circle",
    change: "Change",
    undo: "Undo",
    clear: "Clear",
    cornerHere: "Corner at the cross",
    makeFit: "Make it {limit} square miles",
    corners: "Corners",
    corner: "Corner {n} of {count}",
    cornerHelp: "Arrow keys move a corner by 5 meters, with Shift by 25; Delete removes it.",
    drawHelp: "Click each corner, and the first one again to finish. With the keyboard: arrow keys move the map, Enter sets a corner at the cross.",
    circleHelp: "Click the middle, then the edge.",
    changeHelp: "Drag a corner, or a middle point to make a new one. Drag the area to move it.",
    drawLabel: "Map to draw the area on",
    pinLabel: "Map to choose your place: move it under the cross",
    pinZoom: "Zoom in until you see your street, and move the map so that your home is under the cross.",
    pinChosen: "Your place is this hexagon, about 50 meters across{near}. The exact point stays in your browser.",
    townZoom: "Zoom in, and move the map so that the middle of the jurisdiction is under the cross.",
    townChosen: "This hexagon{near}. The agency’s page shows the part of town around it.",
    pinNear: ", near {street}",
    pinFind: "Find where I am",
    pinFailed: "Your browser didn’t tell where you are. Move the map instead.",
    mapHelp: "Arrow keys move the map, plus and minus zoom.",
    play: "Play",
    pause: "Pause",
    frameBack: "One frame back",
    frameOn: "One frame on",
    speed: "Speed",
    mute: "Sound off",
    unmute: "Sound on",
    fullScreen: "Full screen",
    position: "Position",
    videoFailed: "This video didn’t load. Reload the page; the clip itself is safe.",
    strip: "Strip of {camera}: arrow keys go from clip to clip, space plays",
    clipEarlier: "Earlier clip",
    clipLater: "Later clip",
    close: "Close",
    trimStart: "Start of what will leave",
    trimEnd: "End of what will leave",
    trimStartHere: "Start where the video is now",
    trimEndHere: "End where the video is now",
    trimPlay: "Play what will leave",
    trimWords: "{start} to {end} will leave: {length}, and nothing else of this clip.",
    trimMore: "That is {more} more than you chose, because the camera’s own video can be cut only at its key frames.",
    trimExact: "Cut at the exact moment, so the video is encoded anew.",
    trimTooLong: "An exact cut may be {limit} seconds long. Make it shorter, or switch exact off.",
    coverDraw: "Draw a box",
    coverMiddle: "Put a box in the middle",
    coverHelp: "Stop the video where what you want to cover shows, and drag over it. The box follows it when the copy is made. Where a box slips, stop there and drag it back: from there it follows anew.",
    coverDrawing: "Drag over what is to be covered, or press Escape.",
    coverNone: "No box yet. Nothing in the picture is covered.",
    coverBox: "Box {n}",
    coverFace: "Face {n}",
    coverPerson: "Person {n}",
    coverKeys: "{name}. Arrow keys move it, with Shift they change its size, Delete takes it away.",
    coverSpan: "from {start} to {end}, placed at {moments}",
    coverMore: "{first} and {n} more",
    coverShow: "Show",
    coverStart: "Cover from here",
    coverEnd: "Cover up to here",
    coverStill: "Doesn’t move",
    coverRemove: "Take away",
    zone: "Zone {n}",
    zoneDraw: "Draw a zone",
    zoneMiddle: "Put a zone in the middle",
    zoneHelp: "Drag over what is always to be covered, then bend the zone by its corners. Arrow keys move a corner, Delete takes its zone away.",
    zoneCorner: "Corner {n} of zone {zone}",
    zoneNone: "No zone yet. Nothing is always covered.",
    uploadReading: "Reading the file…",
    uploadSending: "How much was sent",
    uploadSent: "{share} sent. You can go on with something else in another tab.",
    uploadPause: "Pause",
    uploadGoOn: "Go on",
    uploadLost: "The connection is gone. Nothing is lost: send the same video again, and it goes on where it stopped.",
    pushHere: "Notify me in this browser",
    pushOnHere: "You are notified in this browser.",
    pushDenied: "This browser doesn’t let us notify you. You can change that in its settings for this site.",
    pushImpossible: "This browser can’t be notified. On an iPhone, put the app on the home screen first, and open it there.",
    pushFailed: "That didn’t work, and nothing was changed. Try it again.",
  },
  es: {
    squareMiles: "millas cuadradas",
    tooSmall: "Demasiado pequeña: al menos {limit} millas cuadradas.",
    tooLarge: "Demasiado grande: como máximo {limit} millas cuadradas.",
    fits: "Dentro de los límites de la política, de {min} a {max} millas cuadradas.",
    nothingDrawn: "Aún no hay zona. Permitido: de {min} a {max} millas cuadradas.",
    drawPolygon: "Dibujar esquinas",
    drawCircle: "Dibujar un círculo",
    change: "Cambiar",
    undo: "Deshacer",
    clear: "Borrar",
    cornerHere: "Esquina en la cruz",
    makeFit: "Ajustar a {limit} millas cuadradas",
    corners: "Esquinas",
    corner: "Esquina {n} de {count}",
    cornerHelp: "Las flechas mueven una esquina 5 metros, con Mayús 25; Suprimir la quita.",
    drawHelp: "Haga clic en cada esquina y de nuevo en la primera para terminar. Con el teclado: las flechas mueven el mapa, Intro pone una esquina en la cruz.",
    circleHelp: "Haga clic en el centro y luego en el borde.",
    changeHelp: "Arrastre una esquina, o un punto medio para crear otra. Arrastre la zona para moverla.",
    drawLabel: "Mapa para dibujar la zona",
    pinLabel: "Mapa para elegir su lugar: muévalo bajo la cruz",
    pinZoom: "Acerque el mapa hasta ver su calle y muévalo de modo que su casa quede bajo la cruz.",
    pinChosen: "Su lugar es este hexágono, de unos 50 metros{near}. El punto exacto no sale de su navegador.",
    townZoom: "Acerque el mapa y muévalo de modo que el centro de la jurisdicción quede bajo la cruz.",
    townChosen: "Este hexágono{near}. La página de la agencia muestra la parte de la ciudad que lo rodea.",
    pinNear: ", cerca de {street}",
    pinFind: "Buscar dónde estoy",
    pinFailed: "Su navegador no dijo dónde está. Mueva el mapa.",
    mapHelp: "Las flechas mueven el mapa; más y menos lo acercan y alejan.",
    play: "Reproducir",
    pause: "Pausa",
    frameBack: "Un fotograma atrás",
    frameOn: "Un fotograma adelante",
    speed: "Velocidad",
    mute: "Sin sonido",
    unmute: "Con sonido",
    fullScreen: "Pantalla completa",
    position: "Posición",
    videoFailed: "Este video no se cargó. Recargue la página; el clip está a salvo.",
    strip: "Franja de {camera}: las flechas van de clip en clip, espacio reproduce",
    clipEarlier: "Clip anterior",
    clipLater: "Clip siguiente",
    close: "Cerrar",
    trimStart: "Inicio de lo que saldrá",
    trimEnd: "Fin de lo que saldrá",
    trimStartHere: "Empezar donde está el video",
    trimEndHere: "Terminar donde está el video",
    trimPlay: "Reproducir lo que saldrá",
    trimWords: "Saldrá de {start} a {end}: {length}, y nada más de este clip.",
    trimMore: "Son {more} más de lo elegido, porque el video de la propia cámara solo puede cortarse en sus fotogramas clave.",
    trimExact: "Cortado en el momento exacto, por lo que el video se codifica de nuevo.",
    trimTooLong: "Un corte exacto puede durar {limit} segundos. Acórtelo o desactive el corte exacto.",
    coverDraw: "Dibujar un recuadro",
    coverMiddle: "Poner un recuadro en el centro",
    coverHelp: "Detenga el video donde se ve lo que quiere tapar y arrastre sobre ello. El recuadro lo sigue cuando se hace la copia. Si un recuadro se desvía, deténgase allí y arrástrelo a su sitio: desde allí lo sigue de nuevo.",
    coverDrawing: "Arrastre sobre lo que quiere tapar, o pulse Escape.",
    coverNone: "Aún no hay recuadros. Nada de la imagen está tapado.",
    coverBox: "Recuadro {n}",
    coverFace: "Cara {n}",
    coverPerson: "Persona {n}",
    coverKeys: "{name}. Las flechas lo mueven, con Mayús cambian su tamaño, Suprimir lo quita.",
    coverSpan: "de {start} a {end}, colocado en {moments}",
    coverMore: "{first} y {n} más",
    coverShow: "Mostrar",
    coverStart: "Tapar desde aquí",
    coverEnd: "Tapar hasta aquí",
    coverStill: "No se mueve",
    coverRemove: "Quitar",
    zone: "Zona {n}",
    zoneDraw: "Dibujar una zona",
    zoneMiddle: "Poner una zona en el centro",
    zoneHelp: "Arrastre sobre lo que siempre debe taparse y ajuste la zona por sus esquinas. Las flechas mueven una esquina, Suprimir quita su zona.",
    zoneCorner: "Esquina {n} de la zona {zone}",
    zoneNone: "Aún no hay zonas. Nada se tapa siempre.",
    uploadReading: "Leyendo el archivo…",
    uploadSending: "Cuánto se envió",
    uploadSent: "{share} enviado. Puede seguir con otra cosa en otra pestaña.",
    uploadPause: "Pausar",
    uploadGoOn: "Continuar",
    uploadLost: "Se perdió la conexión. No se perdió nada: envíe el mismo video otra vez y sigue donde quedó.",
    pushHere: "Avisarme en este navegador",
    pushOnHere: "Se le avisa en este navegador.",
    pushDenied: "Este navegador no nos deja avisarle. Puede cambiarlo en sus ajustes para este sitio.",
    pushImpossible: "A este navegador no se le puede avisar. En un iPhone, ponga primero la app en la pantalla de inicio y ábrala ahí.",
    pushFailed: "No funcionó, y no cambió nada. Inténtelo otra vez.",
  },
} as const;

export type Key = keyof (typeof TEXTS)["en"];

/** The page's language. */
export function language(): "en" | "es" {
  return document.documentElement.lang.startsWith("es") ? "es" : "en";
}

/** A text of the islands in the page's language, with `{name}` filled in. */
export function say(key: Key, values: Record<string, string | number> = {}, lang = language()): string {
  return TEXTS[lang][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A figure with enough decimals to compare it with a limit: 0.025, 0.11, 1.5. */
export function figure(value: number, lang = "en"): string {
  const decimals = value < 0.1 ? 3 : 2;
  return new Intl.NumberFormat(lang, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
}

/** How long, in words, to the tenth: 1 second, 2.5 seconds. */
export function duration(ms: number, lang = "en"): string {
  const options = { style: "unit", unit: "second", unitDisplay: "long", maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(lang, options).format(ms / 1000);
}

/** 0:18.4, or 1:02:03 without tenths. */
export function playTime(seconds: number, tenths = false): string {
  const shown = tenths ? Math.floor(seconds * 10) / 10 : Math.floor(seconds);
  const hours = Math.floor(shown / 3600);
  const minutes = Math.floor((shown % 3600) / 60);
  const rest = (shown % 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** The time of day of an instant, in `zone`, to the tenth of a second: 2:47:10.0 am. */
export function clockTime(instant: Date, zone: string, lang = "en"): string {
  const parts = new Intl.DateTimeFormat(lang === "es" ? "es" : "en-US", {
    timeZone: zone,
    hour: "numeric",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 1,
    hour12: lang !== "es",
  }).format(instant);
  return parts.replace(/\s?AM$/, " am").replace(/\s?PM$/, " pm");
}
