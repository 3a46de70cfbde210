using KmsTools.WebConsole.Problems;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace KmsTools.WebConsole.Layout;

/// <summary>What an act of a page has come to.</summary>
/// <param name="Message">What was done, in a sentence for the user.</param>
/// <param name="Url">Where to go; null to stay.</param>
public sealed record Done(string Message, string? Url = null);

/// <summary>
/// A page: rendered at the server for each request, from what its calls answer. Its forms (<see cref="Parts.ActForm"/>) post to its own URL
/// and name an act; the page answers with a redirect, so that nothing is done twice, or with the error and what was entered.
/// </summary>
public abstract class ConsolePage : ComponentBase
{
    /// <summary>The way to the engine.</summary>
    [Inject]
    public ConsoleSession Session { get; set; } = null!;

    /// <summary>Where to go.</summary>
    [Inject]
    public NavigationManager Navigation { get; set; } = null!;

    /// <summary>The request.</summary>
    [CascadingParameter]
    public HttpContext Http { get; set; } = null!;

    /// <summary>The Region in the URL.</summary>
    [Parameter]
    public string? Region { get; set; }

    /// <summary>What went wrong; null if nothing did.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Whether what the page shows could be read.</summary>
    protected bool IsLoaded { get; private set; }

    /// <summary>Whether the request asks for an act.</summary>
    protected bool IsPost => HttpMethods.IsPost(Http.Request.Method);

    /// <summary>The URL of a page in the Region of this one.</summary>
    /// <param name="path">What follows the Region, such as <c>keys</c>.</param>
    public string Link(string path) => Links.To(Session.Region, path);

    /// <inheritdoc/>
    protected sealed override void OnInitialized()
    {
        if (Region is not null && !Session.TryChooseRegion(Region))
        {
            Problem = Problem.NotFound($"'{Region}' is not a Region.");
            Http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        TryLoad();
    }

    /// <summary>Reads what the page shows.</summary>
    protected virtual void Load()
    {
    }

    /// <summary>Does what a form of the page asks for.</summary>
    /// <param name="act">The name of the act.</param>
    /// <returns>What was done, and where to go; null to show the page as it is now, without a redirect.</returns>
    protected virtual Done? Act(string act) => throw new ArgumentException($"This page has no act '{act}'.");

    /// <summary>What the user has entered in a field of the form, without spaces around it; null for nothing.</summary>
    protected string? Field(string name) => Typed(name)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>What the user has entered in a field of the form, as it is; null if the form does not have it.</summary>
    protected string? Typed(string name) => Http.Request.HasFormContentType && Http.Request.Form[name] is [{ } text, ..] ? text : null;

    /// <summary>All values of a field of the form.</summary>
    protected StringValues Fields(string name) => Http.Request.HasFormContentType ? Http.Request.Form[name] : StringValues.Empty;

    /// <summary>Whether a checkbox of the form is checked.</summary>
    protected bool Checked(string name) => Typed(name) is not null;

    /// <summary>The value of a parameter of the URL, or null.</summary>
    protected string? Query(string name) => Http.Request.Query[name] is [{ Length: > 0 } text, ..] ? text : null;

    /// <summary>Refuses an act until the user has entered the word that confirms it.</summary>
    /// <exception cref="ArgumentException">Something else was entered.</exception>
    protected void RequireConfirmation(string word)
    {
        if (Field(Parts.Confirmation.FieldName) != word)
        {
            throw new ArgumentException($"Nothing was done. To confirm, enter {word} exactly as it is shown.");
        }
    }

    /// <summary>Does the act that the form names. Called by the layout, whose form is there whatever the page shows.</summary>
    internal void Dispatch()
    {
        Done? done;
        try
        {
            done = Act(Field("act") ?? "");
        }
        catch (Exception exception) when (Problem.Of(exception, Session) is { } problem)
        {
            TryLoad();
            Fail(problem);
            StateHasChanged();
            return;
        }

        if (done is null)
        {
            StateHasChanged();
            return;
        }

        string url = done.Url ?? Http.Request.Path + Links.WithoutNote(Http.Request.Query);
        Navigation.NavigateTo(Links.WithNote(url, Session.SignIn!.Keep(done.Message)));
    }

    private void TryLoad()
    {
        try
        {
            Load();
            IsLoaded = true;
        }
        catch (Exception exception) when (Problem.Of(exception, Session) is { } problem)
        {
            IsLoaded = false;
            Fail(problem);
        }
    }

    private void Fail(Problem problem)
    {
        Problem = problem;
        if (!Http.Response.HasStarted)
        {
            Http.Response.StatusCode = problem.Status;
        }
    }
}
