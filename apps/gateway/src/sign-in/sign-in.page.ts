import { html, type Page } from '@atlas/platform';

/** The form that signs a person in; `wrong` says why it is shown once more. */
export function signInPage(shown: { returnTo?: string | undefined; email?: string; wrong?: string }): Page {
  const { returnTo, email = '', wrong } = shown;
  return {
    title: 'Sign in',
    body: html`<section class="card narrow">
      <h1>Sign in</h1>
      ${wrong && html`<p class="notice" role="alert">${wrong}</p>`}
      <form method="post" action="/sign-in">
        ${returnTo && html`<input type="hidden" name="return_to" value="${returnTo}" />`}
        <label
          >E-mail address
          <input type="email" name="email" value="${email}" autocomplete="username" maxlength="254" required autofocus
        /></label>
        <label>Password <input type="password" name="password" autocomplete="current-password" required /></label>
        <button>Sign in</button>
      </form>
    </section>`,
  };
}
