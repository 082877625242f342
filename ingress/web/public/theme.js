// Before the first paint: the theme that was chosen on this machine. A file of its own, for the policy allows no inline script.
try {
  const chosen = localStorage.getItem("deskwire.theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Without storage it is as the device says.
}
