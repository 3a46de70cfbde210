using KmsTools.WebConsole.Layout;
using KmsTools.WebConsole.Requests;
using KmsTools.WebConsole.Sessions;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace KmsTools.WebConsole;

/// <summary>The console as a part of a server: a branch of its own below /console, which leaves everything else as it is.</summary>
internal static class ConsoleHost
{
    /// <summary>Below which path the console is.</summary>
    public const string Root = "/console";

    /// <summary>The page that signs in.</summary>
    public const string SignInPath = Root + "/sign-in";

    /// <summary>Where the button that signs out posts to.</summary>
    public const string SignOutPath = Root + "/sign-out";

    // A policy has 32 KiB, encrypted key material less; forms that have more are not ours.
    private const int MaxFormSize = 256 * 1024;

    /// <summary>Adds what the console needs.</summary>
    public static void AddServices(IServiceCollection services, KmsEngine engine, ConsoleOptions options)
    {
        SessionCookie cookie = new(engine.Properties);
        services.AddSingleton(engine);
        services.AddSingleton(options);
        services.AddSingleton(cookie);
        services.AddSingleton<SessionRegister>();
        services.AddSingleton<SignInHandler>();
        services.AddScoped<ConsoleSession>();
        services.AddRouting();

        // The tokens of forms end with this process, as its sessions do, and nothing is written to the disk for them.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAntiforgery(forms =>
        {
            forms.Cookie.Name = cookie.FormName;
            forms.Cookie.Path = Root;
            forms.Cookie.SameSite = SameSiteMode.Strict;
            forms.Cookie.HttpOnly = true;
            forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            forms.SuppressXFrameOptionsHeader = true;
        });
        services.AddRazorComponents();
        services.Configure<FormOptions>(static form =>
        {
            form.ValueLengthLimit = MaxFormSize;
            form.MultipartBodyLengthLimit = MaxFormSize;
            form.KeyLengthLimit = 256;
            form.ValueCountLimit = 256;
        });
    }

    /// <summary>Whether a request is for the console.</summary>
    public static bool IsFor(HttpRequest request) => request.Path.StartsWithSegments(Root, StringComparison.Ordinal);

    /// <summary>Adds the console to a server.</summary>
    public static void Map(IApplicationBuilder application) => application.MapWhen(static http => IsFor(http.Request), static console =>
    {
        console.UseMiddleware<RequestGate>();
        console.UseRouting();
        console.UseMiddleware<SessionGate>();
        console.UseAntiforgery();
        console.UseEndpoints(static endpoints =>
        {
            endpoints.MapGet(Root + "/assets/{name}", ConsoleFiles.AnswerAsync).WithMetadata(new AnonymousPageAttribute());
            endpoints.MapPost(SignOutPath, static (HttpContext http, SignInHandler handler) =>
            {
                if (http.Features.Get<IAntiforgeryValidationFeature>() is not { IsValid: true })
                {
                    return Results.BadRequest();
                }

                handler.End(http);
                return Results.Redirect(SignInPath);
            }).WithMetadata(new AnonymousPageAttribute(), new RequireAntiforgeryTokenAttribute());
            endpoints.MapRazorComponents<App>();
        });
    });
}
