using Microsoft.Playwright;

namespace KmsTools.WebConsole.KeyStores;

/// <summary>
/// What must hold for every page: it is accessible, fits a narrow screen, and shows none of the secrets that were entered.
/// </summary>
internal sealed class PageCheck
{
    private const int Narrow = 360;
    private const int Wide = 1440;
    private const int Height = 900;

    private readonly IPage _page;
    private readonly string[] _secrets;
    private readonly List<Task<string>> _answers = [];

    public PageCheck(IPage page, params string[] secrets)
    {
        _page = page;
        _secrets = secrets;

        // An answer whose request never finishes, because the page was left, would never be read to its end.
        page.RequestFinished += (_, request) =>
        {
            lock (_answers)
            {
                _answers.Add(ReadAsync(request));
            }
        };
    }

    /// <summary>Checks the page as it is.</summary>
    public async Task RequireGoodAsync()
    {
        await Browser.RequireAccessibleAsync(_page);
        await _page.SetViewportSizeAsync(Narrow, Height);
        int width = await _page.EvaluateAsync<int>("document.documentElement.scrollWidth");
        Assert.True(width <= Narrow, $"{_page.Url} is {width} pixels wide.");
        await _page.SetViewportSizeAsync(Wide, Height);
    }

    /// <summary>Requires that no answer of the server, of all since the beginning, has a secret in it.</summary>
    public async Task RequireNoSecretsAsync()
    {
        Task<string>[] answers;
        lock (_answers)
        {
            answers = [.. _answers];
        }

        string all = string.Concat(await Task.WhenAll(answers).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("<html", all, StringComparison.Ordinal);
        Assert.All(_secrets, secret => Assert.DoesNotContain(secret, all, StringComparison.Ordinal));
    }

    private static async Task<string> ReadAsync(IRequest request)
    {
        IResponse answer = (await request.ResponseAsync())!;
        string headers = string.Concat((await answer.AllHeadersAsync()).Select(static header => header.Value));
        try
        {
            return headers + await answer.TextAsync();
        }
        catch (PlaywrightException)
        {
            // A redirect, which has no body.
            return headers;
        }
    }
}
