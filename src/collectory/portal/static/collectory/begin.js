// Tells the stylesheet that scripts run, before the page is painted. First thing in <body>.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("govuk-frontend-supported");
}
