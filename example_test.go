package parley_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing/fstest"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/parley-go/parley"
	"github.com/parley-go/parley/namespaces"
)

// A server beside the other handlers of a program, with net/http alone.
func Example() {
	type message struct{ Text string }

	srv := parley.NewServer(nil)
	chat := srv.Of("/chat")
	chat.OnConnect(func(ctx context.Context, s *namespaces.Socket) error {
		return s.Join("lobby")
	})
	namespaces.On(chat, "say", func(ctx context.Context, s *namespaces.Socket, m message) error {
		return s.To("lobby").Emit("said", m)
	})

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	web := httptest.NewServer(mux) // http.ListenAndServe in a program
	defer web.Close()
	defer srv.Shutdown(context.Background())

	fmt.Println(chat.Name(), srv.Len())
	// Output: /chat 0
}

// The browser client is served under the names that pages know.
func ExampleNewServer() {
	srv := parley.NewServer(&parley.Options{
		// web.Client() of this module, or os.DirFS of a copy of the npm package.
		Client: fstest.MapFS{
			"package.json":     {Data: []byte(`{"version": "4.8.4"}`)},
			"socket.io.min.js": {Data: []byte("/* the client */")},
		},
		Origins: []string{"https://shop.example.com"},
	})
	defer srv.Shutdown(context.Background())

	r := httptest.NewRequest("GET", "/socket.io/socket.io.min.js", nil)
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("ETag"), w.Body)
	// Output: 200 "4.8.4" /* the client */
}

// With chi, mount the server under its path. Middleware that cuts requests
// short or compresses answers belongs to the other routes.
func ExampleServer_ServeHTTP_chi() {
	srv := parley.NewServer(nil)
	defer srv.Shutdown(context.Background())

	r := chi.NewRouter()
	r.Mount("/socket.io/", srv)

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/socket.io/?EIO=4", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 400 {"code":0,"message":"Transport unknown"}
}

// Namespaces are made when they are first asked for. Emitting needs no
// handler: any part of a program may do it.
func ExampleServer_Of() {
	srv := parley.NewServer(nil)
	defer srv.Shutdown(context.Background())

	news := srv.Of("/news")
	err := news.To("sports").Emit("headline", "Home side wins")
	fmt.Println(news.Name(), err)
	// Output: /news <nil>
}

// The clients are told first, while HTTP still answers their last polls.
func ExampleServer_Shutdown() {
	srv := parley.NewServer(nil)
	web := httptest.NewServer(srv)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		log.Print(err)
	}
	answer, err := http.Get(web.URL + "/socket.io/?EIO=4&transport=polling")
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	web.Close() // http.Server.Shutdown in a program
	fmt.Println(answer.StatusCode >= 400, err)
	// Output: true <nil>
}
