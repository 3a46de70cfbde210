using KmsTools.WebConsole.Layout;
using KmsTools.WebConsole.Problems;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace KmsTools.WebConsole.Pages.Events;

/// <summary>Answers with rows of what is new, for the table of events that is live.</summary>
internal static class EventRowsHandler
{
    /// <summary>The path, with the Region.</summary>
    public const string Path = ConsoleHost.Root + "/{Region}/events/rows";

    /// <summary>The header with the URL of the next look.</summary>
    private const string NextHeader = "X-Next";

    /// <summary>The URL that answers with what is new.</summary>
    /// <param name="region">The Region of the page.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="seen">What was seen before.</param>
    public static string Url(string region, EventFilter filter, string seen) =>
        Links.To(region, "events/rows" + filter.ToQueryString(("after", seen)));

    /// <summary>Answers.</summary>
    public static IResult Answer(HttpContext http, ConsoleSession session, string region)
    {
        if (!session.IsAdministrator)
        {
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        if (!session.TryChooseRegion(region))
        {
            return Results.NotFound();
        }

        try
        {
            EventFilter filter = EventFilter.Read(http.Request.Query);
            EventFeed.News news = EventFeed.FindNew(filter, session, http.Request.Query["after"].ToString());
            http.Response.Headers[NextHeader] = Url(session.Region, filter, news.Seen);
            return new RazorComponentResult<EventRows>(new Dictionary<string, object?>
            {
                [nameof(EventRows.Of)] = news.Events,
                [nameof(EventRows.HasGap)] = news.HasGap,
            });
        }
        catch (Exception exception) when (Problem.Of(exception, session) is { } problem)
        {
            return Results.StatusCode(problem.Status);
        }
    }
}
