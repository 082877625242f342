// What people do in a ticket's conversation.

/** The messages that are shown, each by what it says; what is not yet confirmed is among them. */
export function messages(page) {
  return page.getByRole("region", { name: "Conversation" }).locator(".message-text").allInnerTexts();
}

/** Writes a message and sends it by the keyboard. */
export async function say(page, text) {
  const field = page.getByRole("region", { name: "Conversation" }).getByRole("textbox");
  await field.fill(text);
  await field.press("Control+Enter");
}

/** Waits until a message of somebody's is shown. */
export async function hear(page, text) {
  await page.getByRole("region", { name: "Conversation" }).getByText(text, { exact: true }).waitFor();
}

/** Raises a ticket through the page, and waits for what came of it; its id. */
export async function raise(page, { title, description, urgency = "Medium" }) {
  await page.getByRole("link", { name: "New ticket" }).first().click();
  await page.getByLabel("What is it about?").fill(title);
  await page.getByLabel("What happened?").fill(description);
  await page.getByRole("radio", { name: urgency }).check();
  await page.getByRole("button", { name: "Send ticket" }).click();
  await page.waitForURL(/\/app\/tickets\/[0-9a-f-]{36}$/);
  return page.url().split("/").at(-1);
}
