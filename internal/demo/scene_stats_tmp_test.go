package demo
import ("testing";"bytes";"image";"image/jpeg";"sort";"fmt"
 "github.com/safelight-dev/safelight/colour";"github.com/safelight-dev/safelight/cube")
func rgbOf(t testing.TB,b []byte)[]uint8{ im,err:=jpeg.Decode(bytes.NewReader(b)); if err!=nil{t.Fatal(err)}
 y:=im.(*image.YCbCr); n:=y.Rect.Dx(); o:=make([]uint8,0,3*n*n)
 for j:=range n{for i:=range n{ r,g,b,_:=y.At(i,j).RGBA(); o=append(o,uint8(r>>8),uint8(g>>8),uint8(b>>8))}}; return o}
func TestStats(t *testing.T){
 rd,_:=NewRenderer(1,256); e:=NewEncoder(256); rc,err:=NewRecipes(); if err!=nil{t.Fatal(err)}
 for _,r:=range append([]Recipe{rc.Fixed,rc.Drifted},rc.Unrelated...){ c,_:=cube.Compare(rc.Good.LUT,r.LUT,cube.CompareOptions{Swatches:BrandPalette()}); fmt.Printf("%s grid mean %.2f p95 %.2f max %.2f sw max %.2f\n",r.Name,c.Grid.Mean,c.Grid.P95,c.Grid.Max,c.Swatches.Max)}
 px:=make([]uint8,3*65536); de:=make([]float32,65536)
 all:=append([]Recipe{rc.Good,rc.Drifted,rc.Fixed},rc.Unrelated...)
 p95:=map[string][]float64{}; pal:=map[string][]float64{}; cov:=map[string][]float64{}; rs:=0
 for n:=0;n<300;n++{ rd.Render(n*14+n/7,px); ref,_:=e.Append(nil,px,90); rs+=len(ref); rp:=rgbOf(t,ref)
  for _,r:=range all{ d,err:=e.Deliver(nil,px,r); if err!=nil{t.Fatal(err)}; dp:=rgbOf(t,d)
   colour.DeltaERow8(de,rp,dp); s:=append([]float32(nil),de...); sort.Slice(s,func(i,j int)bool{return s[i]<s[j]})
   p95[r.Name]=append(p95[r.Name],float64(s[len(s)*95/100]))
   pd:=colour.NewPaletteDrift(BrandPalette(),PaletteRadius); pd.AddRow8(rp,dp)
   for _,w:=range pd.Result(){ pal[r.Name+" "+w.Name]=append(pal[r.Name+" "+w.Name],w.DeltaE00); if r.Name=="good"{cov[w.Name]=append(cov[w.Name],w.Coverage*100)}}}}
 q:=func(k string,v []float64){ sort.Float64s(v); fmt.Printf("%-24s min %.2f p50 %.2f max %.2f\n",k,v[0],v[len(v)/2],v[len(v)-1])}
 var ks []string; for k:=range p95{ks=append(ks,k)}; sort.Strings(ks); for _,k:=range ks{q("p95 "+k,p95[k])}
 ks=nil; for k:=range pal{ks=append(ks,k)}; sort.Strings(ks); for _,k:=range ks{q(k,pal[k])}
 for k,v:=range cov{q("cov% "+k,v)}; fmt.Println("mean ref bytes",rs/300)
}
func BenchmarkEncode420(b *testing.B){ rd,_:=NewRenderer(1,256); px:=make([]uint8,3*65536); rd.Render(3,px); e:=NewEncoder(256); var d []byte; for b.Loop(){ d,_=e.Append(d[:0],px,90)} }
func BenchmarkConvert(b *testing.B){ rd,_:=NewRenderer(1,256); px:=make([]uint8,3*65536); rd.Render(3,px); e:=NewEncoder(256); for b.Loop(){ e.convert(px)} }
func BenchmarkEncodeRGBA(b *testing.B){ rd,_:=NewRenderer(1,256); px:=make([]uint8,3*65536); rd.Render(3,px); im:=image.NewRGBA(image.Rect(0,0,256,256)); w:=appender{}; for b.Loop(){ for i:=0;i<65536;i++{ im.Pix[4*i]=px[3*i];im.Pix[4*i+1]=px[3*i+1];im.Pix[4*i+2]=px[3*i+2];im.Pix[4*i+3]=255}; w.data=w.data[:0]; jpeg.Encode(&w,im,&jpeg.Options{Quality:90})} }
func BenchmarkDeliver(b *testing.B){ rd,_:=NewRenderer(1,256); px:=make([]uint8,3*65536); rd.Render(3,px); e:=NewEncoder(256); rc,_:=NewRecipes(); var d []byte; for b.Loop(){ d,_=e.Deliver(d[:0],px,rc.Good)} }
