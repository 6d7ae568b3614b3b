// Asks the browser for a passkey: to make one, to confirm who one is, or to sign in. Forms with data-passkey are
// hidden until this runs, because nothing of it works without scripts.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

function asked(json) {
  const options = json.publicKey || json;
  const whole = { ...options, challenge: bytes(options.challenge) };
  if (options.user) {
    whole.user = { ...options.user, id: bytes(options.user.id) };
    whole.excludeCredentials = known(options.excludeCredentials);
  } else {
    whole.allowCredentials = known(options.allowCredentials);
  }
  return { publicKey: whole };
}

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) {
      response[name] = text(credential.response[name]);
    }
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function optionsOf(form) {
  if (form.dataset.options) {
    return JSON.parse(form.dataset.options);
  }
  const answer = await fetch(form.action, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) {
    throw new Error(answer.status);
  }
  return (await answer.json()).request_options;
}

// Browsers tie a passkey to a name; at a bare number such as 127.0.0.1 they have none.
const named = !/^[0-9.]+$|:/.test(window.location.hostname);

for (const form of window.PublicKeyCredential && named ? document.querySelectorAll("[data-passkey]") : []) {
  form.hidden = false;
  document.querySelector("[data-without-passkeys]")?.remove();
  const status = form.querySelector("[data-passkey-status]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    status.textContent = "Follow what your browser asks.";
    try {
      const options = asked(await optionsOf(form));
      const making = form.dataset.passkey === "create";
      const credential = await (making ? navigator.credentials.create(options) : navigator.credentials.get(options));
      form.elements.credential.value = answered(credential);
      form.submit(); // past this listener
    } catch {
      status.textContent = "No passkey was used. Try again, or go another way.";
    }
  });
}
